package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sh runs one shell command and fails the test if it fails.
func sh(t *testing.T, text string, in processInputs) result {
	t.Helper()
	got, err := run(t.Context(), script{text, text}, in, result{}, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ptr[T any](v T) *T { return &v }

func TestRunInputs(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("FROM_PARENT", "parent")
	for _, test := range []struct {
		name, text string
		in         processInputs
		stdout     string
	}{
		{"the last newline goes", "echo a; echo", processInputs{}, "a\n"},
		{"no newline", "printf a", processInputs{}, "a"},
		{"dir", "pwd", processInputs{Dir: &dir}, dir},
		{"stdin", "cat", processInputs{Stdin: ptr("one\ntwo\n")}, "one\ntwo"},
		{"no stdin", "cat", processInputs{}, ""},
		{"environment", "echo $FROM_PARENT $A", processInputs{Environment: map[string]string{"A": "x"}}, "parent x"},
		{"environment wins", "echo $FROM_PARENT", processInputs{Environment: map[string]string{"FROM_PARENT": "x"}}, "x"},
		{"interpreter", "hello there", processInputs{Interpreter: []string{"echo", "-n"}}, "hello there"},
		{"empty interpreter", "echo a", processInputs{Interpreter: []string{}}, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := sh(t, test.text, test.in).stdout; got != test.stdout {
				t.Errorf("got %q, want %q", got, test.stdout)
			}
		})
	}
}

func TestRunLogging(t *testing.T) {
	for logging, want := range map[string]string{
		"": "err,out", "stdoutAndStderr": "err,out", "stdout": "out", "stderr": "err", "none": "",
	} {
		in := processInputs{}
		if logging != "" {
			in.Logging = &logging
		}
		log := &memoryLog{}
		got, err := run(t.Context(), script{text: "echo err >&2; sleep 0.05; echo out"}, in, result{},
			func(line string) { log.line(t.Context(), "", line) })
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Join(log.lines, ","); lines != want {
			t.Errorf("logging %q: logged %q, want %q", logging, lines, want)
		}
		if got.stdout != "out" || got.stderr != "err" {
			t.Errorf("logging %q changed the outputs: %+v", logging, got)
		}
	}
}

func TestRunFailure(t *testing.T) {
	_, err := run(t.Context(), script{"echo before; echo oh >&2; exit 3", `"..."`}, processInputs{}, result{},
		func(string) {})
	if err == nil || !strings.HasPrefix(err.Error(), "exit status 3: running \"...\":\n") {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"before\n", "oh\n"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func TestRunInMissingFolder(t *testing.T) {
	missing := t.TempDir() + "/missing"
	_, err := run(t.Context(), script{text: "true"}, processInputs{Dir: &missing}, result{}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
}

// The shell's child keeps the output open, so a kill of the shell alone would not end the run.
const shellWithChild = "sleep 60; echo not reached"

func TestCancelKillsAllTheCommandStarted(t *testing.T) {
	all := newOperations()
	time.AfterFunc(50*time.Millisecond, all.cancelAll)
	assertKilled(t, all, 0, errCanceled.Error())
}

func TestTimeoutKillsAllTheCommandStarted(t *testing.T) {
	assertKilled(t, newOperations(), 0.05, "custom timeout of 50ms ran out")
}

func TestNothingStartsAfterCancel(t *testing.T) {
	all := newOperations()
	all.cancelAll()
	assertKilled(t, all, 0, errCanceled.Error())
}

func assertKilled(t *testing.T, all operations, timeout float64, why string) {
	t.Helper()
	ctx, done := all.begin(context.Background(), timeout)
	defer done()
	started := time.Now()
	_, err := run(ctx, script{text: shellWithChild}, processInputs{}, result{}, func(string) {})
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("got %v, want %q", err, why)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %s to die", took)
	}
}

func TestFilesAreReturned(t *testing.T) {
	dir := t.TempDir()
	in := processInputs{Dir: &dir, AssetPaths: []string{"*.txt"}, ArchivePaths: []string{"**", "!**secret*"}}
	got := sh(t, "mkdir sub; echo a > a.txt; echo b > sub/b.txt; echo c > sub/secret.txt", in)
	if len(got.assets) != 1 || got.assets["a.txt"].Path != filepath.Join(dir, "a.txt") {
		t.Errorf("assets are %v", got.assets)
	}
	members, _ := got.archive.GetAssets()
	if len(members) != 2 || members["a.txt"] == nil || members["sub/b.txt"] == nil {
		t.Errorf("archive holds %v", members)
	}
	if _, err := os.Stat(filepath.Join(dir, "sub", "secret.txt")); err != nil {
		t.Error("the excluded file should exist")
	}
}

func TestChooser(t *testing.T) {
	chosen, err := chooser([]string{"assets/**", "src/**.js", "!**secret.*"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"assets/logos/logo.svg": true, "src/index.js": true, "src/deep/index.js": true,
		"src/secret.js": false, "src/index.ts": false, "index.js": false,
	} {
		if chosen(name) != want {
			t.Errorf("%s: got %v", name, !want)
		}
	}
	if _, err := chooser([]string{"[a"}); err == nil {
		t.Error("a broken glob is accepted")
	}
}

func TestLineWriter(t *testing.T) {
	var lines []string
	w := &lineWriter{line: func(line string) { lines = append(lines, line) }}
	for _, chunk := range []string{"on", "e\ntwo\r\n\nthr", "ee", strings.Repeat("x", maxLine), "end"} {
		if n, err := w.Write([]byte(chunk)); n != len(chunk) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	w.flush()
	w.flush()
	want := []string{"one", "two", "", "three" + strings.Repeat("x", maxLine), "end"}
	if strings.Join(lines, "|") != strings.Join(want, "|") {
		t.Errorf("got %d lines, want %d", len(lines), len(want))
	}
}
