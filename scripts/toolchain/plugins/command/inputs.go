package main

import (
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/mapper"
)

// processInputs say how a command is run; the resource and the function have them in common. A nil pointer means
// that the program left the input out.
type processInputs struct {
	// Interpreter is the program, with its arguments, that gets the command as its last argument. Default
	// ["/bin/sh", "-c"].
	Interpreter []string `pulumi:"interpreter,optional"`
	// Dir is the folder that the command runs in. Default: where the Pulumi program runs.
	Dir *string `pulumi:"dir,optional"`
	// Environment is added to the environment that Pulumi runs in.
	Environment map[string]string `pulumi:"environment,optional"`
	// Stdin is what the command reads. Default: nothing.
	Stdin *string `pulumi:"stdin,optional"`
	// Logging says what the engine's log gets of what the command prints: stdout, stderr, stdoutAndStderr (the
	// default) or none.
	Logging *string `pulumi:"logging,optional"`
	// AssetPaths and ArchivePaths are globs of files to return once the command has succeeded.
	AssetPaths   []string `pulumi:"assetPaths,optional"`
	ArchivePaths []string `pulumi:"archivePaths,optional"`
	// AddPreviousOutputInEnv gives the command what the previous one printed, as PULUMI_COMMAND_STDOUT and
	// PULUMI_COMMAND_STDERR. Default true.
	AddPreviousOutputInEnv *bool `pulumi:"addPreviousOutputInEnv,optional"`
}

// commandInputs are the inputs of command:local:Command.
type commandInputs struct {
	processInputs

	// Create, Update and Delete are the commands to run. Update defaults to Create; a missing one does nothing.
	Create *string `pulumi:"create,optional"`
	Update *string `pulumi:"update,optional"`
	Delete *string `pulumi:"delete,optional"`
	// Triggers replace the resource when any of them changes. Their values mean nothing here.
	Triggers []any `pulumi:"triggers,optional"`
}

// runInputs are the inputs of command:local:run.
type runInputs struct {
	processInputs

	// Command is the command to run.
	Command string `pulumi:"command"`
}

// decode reads properties into inputs, a pointer to one of the structs above. It fails on properties of the wrong
// type, on missing required ones and on unknown names; secrets are read as plain values, values that are not known
// yet are left out.
func decode(properties resource.PropertyMap, inputs any) error {
	return asError(mapper.New(&mapper.Opts{}).Decode(plainMap(properties), inputs))
}

// decodeState reads the inputs out of a resource's outputs, which hold more than inputs.
func decodeState(state resource.PropertyMap) (commandInputs, error) {
	var inputs commandInputs
	err := mapper.New(&mapper.Opts{IgnoreUnrecognized: true}).Decode(plainMap(state), &inputs)
	return inputs, asError(err)
}

// asError keeps a nil MappingError from becoming a non-nil error.
func asError(err mapper.MappingError) error {
	if err == nil {
		return nil
	}
	return err
}

// checkFailures turns the errors of decode into what the engine shows for each property; false for other errors.
func checkFailures(err error) ([]plugin.CheckFailure, bool) {
	var mapping mapper.MappingError
	if !errors.As(err, &mapping) {
		return nil, false
	}
	failures := make([]plugin.CheckFailure, 0, len(mapping.Failures()))
	for _, failure := range mapping.Failures() {
		var field mapper.FieldError
		if !errors.As(failure, &field) {
			return nil, false
		}
		failures = append(failures, plugin.CheckFailure{
			Property: resource.PropertyKey(field.Field()),
			Reason:   field.Reason(),
		})
	}
	return failures, true
}
