package main

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func TestCheck(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for _, test := range []struct {
		name   string
		inputs resource.PropertyMap
		failed []resource.PropertyKey
	}{
		{"nothing", resource.PropertyMap{}, nil},
		{"everything", properties(map[string]any{
			"create": "a", "update": "b", "delete": "c", "dir": "/", "stdin": "x", "logging": "none",
			"interpreter": []any{"sh"}, "environment": map[string]any{"A": "1"}, "triggers": []any{1.0, "a", nil},
			"assetPaths": []any{"*"}, "archivePaths": []any{"*"}, "addPreviousOutputInEnv": false,
		}), nil},
		{"unknowns", resource.PropertyMap{
			"create":      unknown,
			"environment": resource.NewProperty(resource.PropertyMap{"A": unknown}),
			"triggers":    resource.NewProperty([]resource.PropertyValue{unknown}),
		}, nil},
		{"secrets", resource.PropertyMap{"create": resource.MakeSecret(resource.NewProperty("a"))}, nil},
		{"a number as command", properties(map[string]any{"create": 1.0}), []resource.PropertyKey{"create"}},
		{"a secret number", resource.PropertyMap{"stdin": resource.MakeSecret(resource.NewProperty(1.0))},
			[]resource.PropertyKey{"stdin"}},
		{"an unknown name", properties(map[string]any{"craete": "a"}), []resource.PropertyKey{"craete"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, err := newCommandProvider(&memoryLog{}).Check(t.Context(),
				plugin.CheckRequest{Type: commandType, News: test.inputs})
			if err != nil {
				t.Fatal(err)
			}
			var failed []resource.PropertyKey
			for _, failure := range response.Failures {
				failed = append(failed, failure.Property)
			}
			if len(failed) != len(test.failed) || (len(failed) == 1 && failed[0] != test.failed[0]) {
				t.Errorf("failed %v, want %v", response.Failures, test.failed)
			}
		})
	}
}

func TestCheckSetsTheDefault(t *testing.T) {
	for _, test := range []struct {
		inputs map[string]any
		want   bool
	}{
		{map[string]any{}, true},
		{map[string]any{"addPreviousOutputInEnv": false}, false},
	} {
		response, err := newCommandProvider(&memoryLog{}).Check(t.Context(),
			plugin.CheckRequest{Type: commandType, News: properties(test.inputs)})
		if err != nil {
			t.Fatal(err)
		}
		if got := response.Properties["addPreviousOutputInEnv"].BoolValue(); got != test.want {
			t.Errorf("%v gives %v, want %v", test.inputs, got, test.want)
		}
	}
}

func TestDiff(t *testing.T) {
	base := func() map[string]any {
		return map[string]any{
			"create": "a", "environment": map[string]any{"A": "1"}, "triggers": []any{"x", "y"},
		}
	}
	for _, test := range []struct {
		name   string
		change func(map[string]any)
		want   map[string]plugin.DiffKind
	}{
		{"nothing", func(map[string]any) {}, nil},
		{"a command", func(m map[string]any) { m["create"] = "b" },
			map[string]plugin.DiffKind{"create": plugin.DiffUpdate}},
		{"a new command", func(m map[string]any) { m["delete"] = "b" },
			map[string]plugin.DiffKind{"delete": plugin.DiffAdd}},
		{"a variable", func(m map[string]any) { m["environment"] = map[string]any{"A": "2"} },
			map[string]plugin.DiffKind{"environment.A": plugin.DiffUpdate}},
		{"a trigger", func(m map[string]any) { m["triggers"] = []any{"x", "z"} },
			map[string]plugin.DiffKind{"triggers[1]": plugin.DiffUpdateReplace}},
		{"one trigger more", func(m map[string]any) { m["triggers"] = []any{"x", "y", "z"} },
			map[string]plugin.DiffKind{"triggers[2]": plugin.DiffAddReplace}},
		{"no triggers any more", func(m map[string]any) { delete(m, "triggers") },
			map[string]plugin.DiffKind{"triggers": plugin.DiffDeleteReplace}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changed := base()
			test.change(changed)
			got := diffInputs(properties(base()), properties(changed))
			if len(got.DetailedDiff) != len(test.want) {
				t.Fatalf("got %v, want %v", got.DetailedDiff, test.want)
			}
			for path, kind := range test.want {
				if got.DetailedDiff[path].Kind != kind {
					t.Errorf("%s is %v, want %v", path, got.DetailedDiff[path].Kind, kind)
				}
			}
			if (got.Changes == plugin.DiffSome) != (len(test.want) > 0) {
				t.Errorf("changes is %v", got.Changes)
			}
		})
	}
}
