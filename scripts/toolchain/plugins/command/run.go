package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// run runs a command to its end and returns what it printed and the files it was asked to return. Each line that
// `logging` lets through goes to log as soon as it is printed. A command that exits with anything but 0 fails with
// all it printed. When ctx ends, the command is killed with every process it started.
func run(
	ctx context.Context, command script, in processInputs, previous result, log func(string),
) (result, error) {
	dir, err := workingDir(in)
	if err != nil {
		return result{}, fmt.Errorf("%w: running %s", err, command.shown)
	}
	var stdout, stderr bytes.Buffer
	var printed sharedBuffer
	out, errs := &lineWriter{line: log}, &lineWriter{line: log}

	args := arguments(in, command.text)
	process := exec.CommandContext(ctx, args[0], args[1:]...)
	process.Dir = dir
	process.Env = environment(in, previous)
	if in.Stdin != nil && *in.Stdin != "" {
		process.Stdin = strings.NewReader(*in.Stdin)
	}
	process.Stdout = writers(logsStdout(in.Logging), out, &stdout, &printed)
	process.Stderr = writers(logsStderr(in.Logging), errs, &stderr, &printed)
	killGroup(process)

	err = process.Run()
	out.flush()
	errs.flush()
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
		return result{}, fmt.Errorf("%w: running %s:\n%s", err, command.shown, printed.String())
	}

	next := result{
		stdout:  strings.TrimSuffix(stdout.String(), "\n"),
		stderr:  strings.TrimSuffix(stderr.String(), "\n"),
		assets:  previous.assets,
		archive: previous.archive,
	}
	return next, next.collect(dir, in)
}

// workingDir returns the folder to run in, and fails if it is not there: the error of a process that cannot start for
// that reason names the interpreter instead.
func workingDir(in processInputs) (string, error) {
	if in.Dir == nil {
		return os.Getwd()
	}
	_, err := os.Stat(*in.Dir)
	return *in.Dir, err
}

// arguments returns the interpreter with the command as its last argument.
func arguments(in processInputs, command string) []string {
	interpreter := in.Interpreter
	if len(interpreter) == 0 {
		interpreter = []string{"/bin/sh", "-c"}
	}
	return append(append([]string{}, interpreter...), command)
}

// environment returns this process's environment, then the inputs' variables, then what the previous command printed;
// the last of two with one name counts. A stream on which nothing was printed sets no variable.
func environment(in processInputs, previous result) []string {
	env := os.Environ()
	for name, value := range in.Environment {
		env = append(env, name+"="+value)
	}
	if in.AddPreviousOutputInEnv == nil || *in.AddPreviousOutputInEnv {
		if previous.stdout != "" {
			env = append(env, "PULUMI_COMMAND_STDOUT="+previous.stdout)
		}
		if previous.stderr != "" {
			env = append(env, "PULUMI_COMMAND_STDERR="+previous.stderr)
		}
	}
	return env
}

// writers returns one writer to all of sinks, and to log as well if logged.
func writers(logged bool, log io.Writer, sinks ...io.Writer) io.Writer {
	if logged {
		sinks = append(sinks, log)
	}
	return io.MultiWriter(sinks...)
}

// killGroup makes the process the head of a group of its own, and makes its end by context the end of the group: a
// shell's children would otherwise live on and keep its output open.
func killGroup(process *exec.Cmd) {
	process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	process.Cancel = func() error {
		err := syscall.Kill(-process.Process.Pid, syscall.SIGKILL)
		if errors.Is(err, syscall.ESRCH) {
			return os.ErrProcessDone
		}
		return err
	}
}

// sharedBuffer collects stdout and stderr in the order in which they come, from two goroutines.
type sharedBuffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(p)
}

// String returns what was written so far; call it once the process has ended.
func (b *sharedBuffer) String() string { return b.buffer.String() }
