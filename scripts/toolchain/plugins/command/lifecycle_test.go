package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// memoryLog keeps the lines it gets.
type memoryLog struct {
	mutex sync.Mutex
	lines []string
}

func (l *memoryLog) line(_ context.Context, _ resource.URN, text string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.lines = append(l.lines, text)
}

const testURN = resource.URN("urn:pulumi:dev::shop::command:local:Command::greet")

// properties turns ordinary Go values into a property map.
func properties(values map[string]any) resource.PropertyMap {
	return resource.NewPropertyMapFromMap(values)
}

func create(t *testing.T, p *commandProvider, inputs resource.PropertyMap, preview bool) plugin.CreateResponse {
	t.Helper()
	response, err := p.Create(t.Context(), plugin.CreateRequest{
		URN: testURN, Name: "greet", Type: commandType, Properties: inputs, Preview: preview,
	})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return response
}

func TestCreateReturnsInputsAndWhatWasPrinted(t *testing.T) {
	log := &memoryLog{}
	p := newCommandProvider(log)
	response := create(t, p, properties(map[string]any{"create": "echo hello; echo oh >&2"}), false)
	if !strings.HasPrefix(string(response.ID), "greet") || len(response.ID) != len("greet")+8 {
		t.Errorf("id %q is not the name and 8 hex digits", response.ID)
	}
	want := properties(map[string]any{"create": "echo hello; echo oh >&2", "stdout": "hello", "stderr": "oh"})
	if !response.Properties.DeepEquals(want) {
		t.Errorf("got %v, want %v", response.Properties, want)
	}
	if got := len(log.lines); got != 2 {
		t.Errorf("logged %d lines, want 2: %q", got, log.lines)
	}
}

func TestSecretInputsStaySecretInOutputs(t *testing.T) {
	secret := resource.MakeSecret(resource.NewProperty("hush"))
	inputs := resource.PropertyMap{
		"create":      resource.MakeSecret(resource.NewProperty("echo $TOKEN")),
		"environment": resource.NewProperty(resource.PropertyMap{"TOKEN": secret, "PLAIN": resource.NewProperty("x")}),
	}
	outputs := create(t, newCommandProvider(&memoryLog{}), inputs, false).Properties
	if !outputs["create"].IsSecret() || !outputs["environment"].ObjectValue()["TOKEN"].IsSecret() {
		t.Errorf("an input lost its secrecy: %v", outputs)
	}
	if got := plainString(outputs["stdout"]); got != "hush" {
		t.Errorf("the command got %q instead of the secret", got)
	}
}

func TestSecretCommandIsMaskedInErrors(t *testing.T) {
	_, err := newCommandProvider(&memoryLog{}).Create(t.Context(), plugin.CreateRequest{
		URN: testURN, Name: "greet", Type: commandType,
		Properties: resource.PropertyMap{"create": resource.MakeSecret(resource.NewProperty("exit 7 # hush"))},
	})
	if err == nil || err.Error() != "exit status 7: running [secret]:\n" {
		t.Errorf("got %q", err)
	}
}

func TestPreviewRunsNothing(t *testing.T) {
	marker := t.TempDir() + "/ran"
	inputs := properties(map[string]any{"create": "touch " + marker, "assetPaths": []any{"*"}})
	outputs := create(t, newCommandProvider(&memoryLog{}), inputs, true).Properties
	for _, name := range []resource.PropertyKey{"stdout", "stderr", "assets"} {
		if !outputs[name].IsComputed() {
			t.Errorf("%s is known in a preview: %v", name, outputs[name])
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("the command ran")
	}
}

func TestUpdate(t *testing.T) {
	old := properties(map[string]any{"create": "echo one", "stdout": "one", "stderr": ""})
	for _, test := range []struct {
		name   string
		inputs map[string]any
		stdout string
	}{
		{"runs update", map[string]any{"create": "echo create", "update": "echo update"}, "update"},
		{"runs create without update", map[string]any{"create": "echo create"}, "create"},
		{"keeps the output without either", map[string]any{"delete": "true"}, "one"},
		{"passes the previous output", map[string]any{"create": "echo was $PULUMI_COMMAND_STDOUT"}, "was one"},
		{"unless told not to", map[string]any{
			"create": "echo was $PULUMI_COMMAND_STDOUT", "addPreviousOutputInEnv": false,
		}, "was"},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, err := newCommandProvider(&memoryLog{}).Update(t.Context(), plugin.UpdateRequest{
				URN: testURN, Name: "greet", Type: commandType, OldOutputs: old, NewInputs: properties(test.inputs),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := plainString(response.Properties["stdout"]); got != test.stdout {
				t.Errorf("stdout is %q, want %q", got, test.stdout)
			}
		})
	}
}

func TestDeleteRunsWhatTheStateSays(t *testing.T) {
	dir := t.TempDir()
	state := properties(map[string]any{
		"delete": "echo $PULUMI_COMMAND_STDOUT > gone", "dir": dir, "stdout": "one", "stderr": "",
		"triggers": []any{"a", 1.0},
	})
	_, err := newCommandProvider(&memoryLog{}).Delete(t.Context(), plugin.DeleteRequest{
		URN: testURN, Name: "greet", Type: commandType, Outputs: state,
	})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "gone")); string(text) != "one\n" {
		t.Errorf("the delete command wrote %q, %v", text, err)
	}
}

func TestRemoteCommandsAreRefused(t *testing.T) {
	response, err := newCommandProvider(&memoryLog{}).Check(t.Context(), plugin.CheckRequest{
		Type: "command:remote:Command", News: resource.PropertyMap{},
	})
	if err != nil || len(response.Failures) != 1 {
		t.Fatalf("got %v, %v", response, err)
	}
	reason := response.Failures[0].Reason
	for _, part := range []string{"command:remote:Command", "stand-in", "pulumi plugin install resource command 1.2.1"} {
		if !strings.Contains(reason, part) {
			t.Errorf("%q does not mention %q", reason, part)
		}
	}
}

func TestInvokeRunsTheCommand(t *testing.T) {
	response, err := newCommandProvider(&memoryLog{}).Invoke(t.Context(), plugin.InvokeRequest{
		Tok: runFunction, Args: properties(map[string]any{"command": "echo hello"}),
	})
	if err != nil || plainString(response.Properties["stdout"]) != "hello" {
		t.Errorf("got %v, %v", response, err)
	}
	response, err = newCommandProvider(&memoryLog{}).Invoke(t.Context(), plugin.InvokeRequest{
		Tok: runFunction, Args: resource.PropertyMap{},
	})
	if err != nil || len(response.Failures) != 1 || response.Failures[0].Property != "command" {
		t.Errorf("a missing command: got %v, %v", response, err)
	}
}
