package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Diff compares inputs only: what a command printed never makes a change. Any changed input updates the resource; a
// changed trigger replaces it.
func (p *commandProvider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.DiffResponse{}, err
	}
	return diffInputs(req.OldInputs, req.NewInputs), nil
}

// diffInputs returns the difference between two sets of checked inputs, path by path.
func diffInputs(old, new resource.PropertyMap) plugin.DiffResult {
	detailed := plugin.NewDetailedDiffFromObjectDiff(old.Diff(new), false /* inputDiff */)
	if len(detailed) == 0 {
		return plugin.DiffResult{Changes: plugin.DiffNone}
	}
	for path, change := range detailed {
		if isTrigger(path) {
			detailed[path] = change.ToReplace()
		}
	}
	return plugin.DiffResult{Changes: plugin.DiffSome, DetailedDiff: detailed}
}

// isTrigger tells whether a property path is the triggers or lies within them.
func isTrigger(path string) bool {
	parsed, err := resource.ParsePropertyPath(path)
	return err == nil && len(parsed) > 0 && parsed[0] == "triggers"
}
