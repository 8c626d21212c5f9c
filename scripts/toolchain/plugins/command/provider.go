package main

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// commandProvider answers the engine. What it does not implement (components, parameters, mappings) the embedded
// provider declines in the way the engine expects.
type commandProvider struct {
	plugin.UnimplementedProvider

	log        logger
	operations operations
}

var _ plugin.Provider = (*commandProvider)(nil)

// newCommandProvider returns a provider that sends what commands print to log.
func newCommandProvider(log logger) *commandProvider {
	return &commandProvider{log: log, operations: newOperations()}
}

// Handshake tells the engine that secrets and resource references may be sent as such.
func (p *commandProvider) Handshake(
	context.Context, plugin.ProviderHandshakeRequest,
) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// GetPluginInfo reports the version of the plugin that this one stands in for.
func (p *commandProvider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	version, err := semver.Parse(pluginVersion)
	return plugin.PluginInfo{Version: &version}, err
}

// GetSchema returns a schema with a name and a version only: programs bring their own SDK.
func (p *commandProvider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	schema := fmt.Sprintf(`{"name":%q,"version":%q}`, pluginName, pluginVersion)
	return plugin.GetSchemaResponse{Schema: []byte(schema)}, nil
}

// CheckConfig accepts any provider configuration: there is nothing to configure.
func (p *commandProvider) CheckConfig(
	_ context.Context, req plugin.CheckConfigRequest,
) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: req.News}, nil
}

// DiffConfig reports no change, whatever the configuration.
func (p *commandProvider) DiffConfig(
	context.Context, plugin.DiffConfigRequest,
) (plugin.DiffConfigResponse, error) {
	return plugin.DiffConfigResponse{Changes: plugin.DiffNone}, nil
}

// Configure does nothing: there is nothing to configure.
func (p *commandProvider) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}

// SignalCancellation kills the commands that run and keeps further ones from starting.
func (p *commandProvider) SignalCancellation(context.Context) error {
	p.operations.cancelAll()
	return nil
}

// Close kills the commands that run.
func (p *commandProvider) Close() error {
	p.operations.cancelAll()
	return nil
}
