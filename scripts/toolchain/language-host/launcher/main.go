// Command pulumi-language-nodejs starts the language host that can be built from Go modules the way today's CLI means
// it: that host takes a project's runtime options as flags, while the CLI, since it passes them in each request,
// gives none. Without this, `typescript: false` and `nodeargs` in Pulumi.yaml would be ignored in silence.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"gopkg.in/yaml.v3"
)

// host is the name of the program that is started, beside this one.
const host = "pulumi-language-nodejs-host"

// project is what matters here of a Pulumi.yaml; `runtime: nodejs` without options is a plain text.
type project struct {
	Runtime yaml.Node `yaml:"runtime"`
}

type runtime struct {
	Options struct {
		TypeScript *bool  `yaml:"typescript"`
		NodeArgs   string `yaml:"nodeargs"`
		TSConfig   string `yaml:"tsconfig"`
	} `yaml:"options"`
}

func main() {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func start() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	text, err := projectFile(folder)
	if err != nil {
		return err
	}
	flags, err := flagsFor(text)
	if err != nil {
		return err
	}
	program := filepath.Join(filepath.Dir(self), host)
	arguments := append(append([]string{program}, flags...), os.Args[1:]...)
	return syscall.Exec(program, arguments, os.Environ())
}

// projectFile returns the text of the Pulumi.yaml of a folder or the nearest one above; empty where there is none.
func projectFile(folder string) ([]byte, error) {
	for {
		text, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
		if err == nil || !os.IsNotExist(err) {
			return text, err
		}
		above := filepath.Dir(folder)
		if above == folder {
			return nil, nil
		}
		folder = above
	}
}

// flagsFor returns the host's flags for the text of a Pulumi.yaml.
func flagsFor(text []byte) ([]string, error) {
	var file project
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("Pulumi.yaml: %w", err)
	}
	if file.Runtime.Kind != yaml.MappingNode {
		return nil, nil
	}
	var of runtime
	if err := file.Runtime.Decode(&of); err != nil {
		return nil, fmt.Errorf("Pulumi.yaml: runtime: %w", err)
	}
	var flags []string
	if of.Options.TypeScript != nil {
		flags = append(flags, fmt.Sprintf("-typescript=%t", *of.Options.TypeScript))
	}
	if of.Options.NodeArgs != "" {
		flags = append(flags, "-nodeargs="+of.Options.NodeArgs)
	}
	if of.Options.TSConfig != "" {
		flags = append(flags, "-tsconfig="+of.Options.TSConfig)
	}
	return flags, nil
}
