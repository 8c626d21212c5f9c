// Command pulumi-resource-command stands in for the plugin of @pulumi/command where the real one cannot be had:
// its source is not published as a Go module, and some machines reach only package registries.
//
// It runs commands on this machine (command:local:Command and command:local:run) and behaves as the real plugin
// does, down to the wording of its errors. It refuses everything else (command:remote:*) and says so.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// The plugin whose place this one takes. The engine looks a plugin up by name and version.
const (
	pluginName    = "command"
	pluginVersion = "1.2.1"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	err := provider.MainContext(ctx, pluginName,
		func(engine *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
			command := newCommandProvider(engineLog{engine})
			// The server waits for running calls before it stops, so a signal has to end the commands first.
			context.AfterFunc(ctx, command.operations.cancelAll)
			return plugin.NewProviderServer(command), nil
		})
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-%s: %v\n", pluginName, err)
		os.Exit(1)
	}
}
