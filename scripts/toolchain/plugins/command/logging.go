package main

import (
	"bytes"
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// logger takes what commands print, line by line.
type logger interface {
	// line shows one line as the status of a resource, or of the stack for an empty URN.
	line(ctx context.Context, urn resource.URN, text string)
}

// engineLog sends lines to the engine as status messages: shown while the command runs, not kept in the summary.
type engineLog struct {
	// engine is nil when the plugin was started by hand.
	engine *provider.HostClient
}

func (l engineLog) line(ctx context.Context, urn resource.URN, text string) {
	if l.engine == nil {
		return
	}
	// A lost line must not fail the command that printed it.
	_ = l.engine.LogStatus(ctx, diag.Info, urn, text)
}

// logsStdout tells whether stdout goes to the log; nil means that the program did not say.
func logsStdout(logging *string) bool {
	return logging == nil || *logging == "stdout" || *logging == "stdoutAndStderr"
}

// logsStderr tells whether stderr goes to the log; nil means that the program did not say.
func logsStderr(logging *string) bool {
	return logging == nil || *logging == "stderr" || *logging == "stdoutAndStderr"
}

// maxLine is where a line is cut, in bytes: a command may print without end and never break a line.
const maxLine = 64 * 1024

// lineWriter passes on what is written to it, line by line. It is for one stream, so for one goroutine.
type lineWriter struct {
	line    func(string)
	pending []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.pending = append(w.pending, p...)
	for {
		line, rest, found := bytes.Cut(w.pending, []byte("\n"))
		if !found {
			break
		}
		w.line(string(bytes.TrimSuffix(line, []byte("\r"))))
		w.pending = rest
	}
	if len(w.pending) >= maxLine {
		w.flush()
	}
	return len(p), nil
}

// flush passes on a last line that has no newline.
func (w *lineWriter) flush() {
	if len(w.pending) > 0 {
		w.line(string(w.pending))
		w.pending = nil
	}
}
