package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Create runs the create command. If it fails, there is no resource.
func (p *commandProvider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: previewOutputs(req.Properties, nil)}, nil
	}
	var inputs commandInputs
	if err := decode(req.Properties, &inputs); err != nil {
		return plugin.CreateResponse{}, err
	}
	id, err := resource.NewUniqueHexID(req.Name, 8, 0)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	command := scriptOf(req.Properties, "create")
	printed, err := p.perform(ctx, req.Timeout, req.URN, command, inputs.processInputs, result{})
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{ID: id, Properties: outputs(req.Properties, printed)}, nil
}

// Update runs the update command, or the create command where there is none. If it fails, the state stays as it was,
// so the next update runs it again.
func (p *commandProvider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.UpdateResponse{}, err
	}
	if req.Preview {
		return plugin.UpdateResponse{Properties: previewOutputs(req.NewInputs, req.OldOutputs)}, nil
	}
	var inputs commandInputs
	if err := decode(req.NewInputs, &inputs); err != nil {
		return plugin.UpdateResponse{}, err
	}
	command := scriptOf(req.NewInputs, "update", "create")
	previous := previousResult(req.OldOutputs)
	printed, err := p.perform(ctx, req.Timeout, req.URN, command, inputs.processInputs, previous)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	return plugin.UpdateResponse{Properties: outputs(req.NewInputs, printed)}, nil
}

// Delete runs the delete command as the state has it. If it fails, the resource stays in the state.
func (p *commandProvider) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.DeleteResponse{}, err
	}
	inputs, err := decodeState(req.Outputs)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	command := scriptOf(req.Outputs, "delete")
	previous := previousResult(req.Outputs)
	_, err = p.perform(ctx, req.Timeout, req.URN, command, inputs.processInputs, previous)
	return plugin.DeleteResponse{}, err
}

// Read returns what is in the state: there is nothing outside to look at.
func (p *commandProvider) Read(_ context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.ReadResponse{}, err
	}
	return plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: req.ID, Inputs: req.Inputs, Outputs: req.State},
		Status:     resource.StatusOK,
	}, nil
}

// perform runs a command for one resource within its custom timeout (seconds; 0 for none) and returns what it printed
// and made. Without a command, nothing runs and the previous result stands.
func (p *commandProvider) perform(
	ctx context.Context, timeout float64, urn resource.URN, command *script, inputs processInputs, previous result,
) (result, error) {
	if command == nil {
		return previous, nil
	}
	ctx, done := p.operations.begin(ctx, timeout)
	defer done()
	return run(ctx, *command, inputs, previous, func(line string) { p.log.line(ctx, urn, line) })
}
