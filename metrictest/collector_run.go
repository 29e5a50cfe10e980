package metrictest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"polymeter.dev/metric"
)

var (
	errGoexit = errors.New("the collector ended its goroutine")
	errStuck  = errors.New("the collector does not return")
	errOver   = errors.New("metrictest: the collection is over")
)

// run is one collection in a goroutine of its own, which is given up when it does
// not return.
type run struct {
	emit func(metric.Family) error // nil accepts everything

	busy atomic.Bool // emit is being called

	mu       sync.Mutex
	over     bool
	err      error // the first that emit returned
	problems []string
}

// start collects, and waits for the end. Limit begins with the collection or, if
// it is not nil, when from is done.
func (r *run) start(ctx context.Context, c metric.Collector, limit time.Duration, from context.Context) error {
	done := make(chan error, 1)
	go func() {
		err := errGoexit
		defer func() { done <- err }()
		err = collect(ctx, c, r.accept)
	}()
	err := await(done, limit, from)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	return err
}

func await(done <-chan error, limit time.Duration, from context.Context) error {
	if from != nil {
		patient := time.NewTimer(collectLimit)
		defer patient.Stop()
		select {
		case err := <-done:
			return err
		case <-patient.C:
			return errStuck
		case <-from.Done():
		}
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return errStuck
	}
}

// accept is the emit of the collection. The lock is not held while a family is
// visited, which may hang.
func (r *run) accept(f metric.Family) error {
	if !r.busy.CompareAndSwap(false, true) {
		return r.note("emit is called while it is being called", errOver)
	}
	defer r.busy.Store(false)
	r.mu.Lock()
	over, earlier := r.over, r.err
	r.mu.Unlock()
	switch {
	case over:
		return errOver
	case earlier != nil:
		return r.note("emit is called again after it has returned an error", earlier)
	case f == nil || f.Desc() == nil:
		return r.note(fmt.Sprintf("a family of type %T has no description", f), nil)
	case r.emit == nil:
		return nil
	}
	err := r.emit(f)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
	return err
}

// note adds what is wrong, and returns err.
func (r *run) note(problem string, err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, problem)
	return err
}

// found returns what was wrong with the calls of emit.
func (r *run) found() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.problems)
}

// run collects and returns what was wrong with the calls of emit, and the error of
// Collect.
func (k *kit) run(emit func(metric.Family) error) (problems []string, err error) {
	r := &run{emit: emit}
	err = r.start(context.Background(), k.collector, collectLimit, nil)
	k.stuck = k.stuck || errors.Is(err, errStuck)
	return r.found(), err
}

// guard makes an error of a panic of anything else that is the collector's.
func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
