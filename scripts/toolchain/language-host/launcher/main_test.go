package main

import (
	"reflect"
	"testing"
)

func TestFlags(t *testing.T) {
	cases := map[string][]string{
		"":                           nil,
		"name: a\nruntime: nodejs\n": nil,
		"runtime:\n  name: nodejs\n": nil,
		"runtime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --import tsx\n": {"-typescript=false", "-nodeargs=--import tsx"},
		"runtime:\n  options:\n    typescript: true\n    tsconfig: a.json\n":                        {"-typescript=true", "-tsconfig=a.json"},
	}
	for text, want := range cases {
		got, err := flagsFor([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := flagsFor([]byte("runtime: [")); err == nil {
		t.Error("broken YAML must be an error")
	}
}
