package main

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Check reports inputs of the wrong type or name, and fills in the one default.
func (p *commandProvider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	if err := refuse(string(req.Type)); err != nil {
		return plugin.CheckResponse{Failures: []plugin.CheckFailure{{Reason: err.Error()}}}, nil
	}
	if err := decode(req.News, &commandInputs{}); err != nil {
		failures, ok := checkFailures(err)
		if !ok {
			return plugin.CheckResponse{}, err
		}
		return plugin.CheckResponse{Properties: req.News, Failures: failures}, nil
	}
	return plugin.CheckResponse{Properties: withDefaults(req.News)}, nil
}

// withDefaults returns a copy of the inputs in which addPreviousOutputInEnv is set.
func withDefaults(inputs resource.PropertyMap) resource.PropertyMap {
	const key = "addPreviousOutputInEnv"
	checked := inputs.Copy()
	if !checked.HasValue(key) {
		checked[key] = resource.NewProperty(true)
	}
	return checked
}
