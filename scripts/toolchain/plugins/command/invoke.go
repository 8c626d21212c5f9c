package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Invoke runs command:local:run, which runs its command in every preview and update and returns its inputs with what
// the command printed.
func (p *commandProvider) Invoke(ctx context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	if err := refuse(string(req.Tok)); err != nil {
		return plugin.InvokeResponse{Failures: []plugin.CheckFailure{{Reason: err.Error()}}}, nil
	}
	var inputs runInputs
	if err := decode(req.Args, &inputs); err != nil {
		failures, ok := checkFailures(err)
		if !ok {
			return plugin.InvokeResponse{}, err
		}
		return plugin.InvokeResponse{Failures: failures}, nil
	}
	printed, err := p.perform(ctx, 0, "", scriptOf(req.Args, "command"), inputs.processInputs, result{})
	if err != nil {
		return plugin.InvokeResponse{}, err
	}
	return plugin.InvokeResponse{Properties: outputs(withDefaults(req.Args), printed)}, nil
}
