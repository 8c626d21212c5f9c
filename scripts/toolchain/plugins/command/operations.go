package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errCanceled is why a command was killed after the engine asked for the end of everything.
var errCanceled = errors.New("killed because the operation was canceled")

// operations lets one signal end all commands that run.
type operations struct {
	canceled  context.Context
	cancelAll context.CancelFunc
}

func newOperations() operations {
	canceled, cancelAll := context.WithCancel(context.Background())
	return operations{canceled, cancelAll}
}

// begin returns a context for one command, which ends with ctx, when its timeout (seconds; 0 for none) runs out, and
// on cancelAll; context.Cause says which. The caller calls done when the command has ended.
func (o operations) begin(ctx context.Context, timeout float64) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	detach := context.AfterFunc(o.canceled, func() { cancel(errCanceled) })
	release := func() {}
	if timeout > 0 {
		limit := time.Duration(timeout * float64(time.Second))
		why := fmt.Errorf("killed because its custom timeout of %s ran out", limit)
		ctx, release = context.WithTimeoutCause(ctx, limit, why)
	}
	return ctx, func() {
		detach()
		release()
		cancel(nil)
	}
}
