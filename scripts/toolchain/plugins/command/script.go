package main

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// script is a command to run.
type script struct {
	text string
	// shown is how errors name the command: quoted, or masked if it is a secret.
	shown string
}

// scriptOf returns the first of the named properties that is set, or nil for none. Properties of another type than
// string count as empty commands; decode reports them.
func scriptOf(properties resource.PropertyMap, names ...resource.PropertyKey) *script {
	for _, name := range names {
		if !properties.HasValue(name) {
			continue
		}
		text := plainString(properties[name])
		shown := strconv.Quote(text)
		if properties[name].ContainsSecrets() {
			shown = "[secret]"
		}
		return &script{text, shown}
	}
	return nil
}
