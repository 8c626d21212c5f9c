// The same program as github.com/caddyserver/caddy/v2/cmd/caddy, in a module of our own: go.mod and go.sum pin
// every dependency, and `caddy version` reports the version of the module it was built from.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"

	_ "github.com/caddyserver/caddy/v2/modules/standard"
)

func main() {
	caddycmd.Main()
}
