//go:build linux

package crashtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"polymeter.dev"
	"polymeter.dev/internal/mapped"
	"polymeter.dev/multiprocess"
)

// ending is how a writer's life ends.
type ending uint8

const (
	// killed writers count until somebody ends them.
	killed ending = iota
	// closing writers close their store.
	closing
	// leaving writers end at any moment, by os.Exit.
	leaving
)

// life is what a writer does.
type life struct {
	Lane       int
	Identifier string
	Seed       uint64
	Ending     ending
	// Lasts is for how long a leaving writer counts, and Updates how often a
	// closing one does.
	Lasts   time.Duration
	Updates int
	// Pages says that the writer looks at its own page now and then.
	Pages bool
	// Interval is that of the store.
	Interval  time.Duration
	NoCompact bool
}

// writer counts, and puts into the ledger what it does.
type writer struct {
	life
	random   *rand.Rand
	ledger   *ledger
	store    *multiprocess.Store
	registry *polymeter.Registry
	log      silence
	rejected atomic.Pointer[error]
	reader   reader
	// columns are those that the lane has, with what was begun in them.
	columns []written
}

type written struct {
	number int
	begun  tally
	done   tally
	update update
}

// write is the life of a writer process. It says that it is ready once it counts.
func write(dir string, l *ledger, o life) error {
	w := &writer{life: o, random: rand.New(rand.NewPCG(o.Seed, 0)), ledger: l}
	w.log.forgive = lookedAt
	w.reader = reader{number: firstWriter + o.Lane, ledger: l}
	if err := w.open(dir); err != nil {
		return err
	}
	if err := w.declare(); err != nil {
		return err
	}
	fmt.Println(ready)
	if o.Ending == leaving {
		time.AfterFunc(o.Lasts, func() { os.Exit(0) })
	}
	return w.count()
}

// lookedAt forgives a store that takes another identifier because a folder stands
// still just where it looks whether a file of Python's format is in use.
func lookedAt(line string) bool {
	return strings.Contains(line, "taking another identifier") && strings.Contains(line, mapped.ErrInUse.Error())
}

func (w *writer) open(dir string) error {
	var err error
	w.store, err = multiprocess.Open(dir, &multiprocess.Options{
		Format:     lanes[w.Lane].format,
		Layout:     multiprocess.LayoutNewer,
		Identifier: func() string { return w.Identifier },
		Interval:   w.Interval,
		NoCompact:  w.NoCompact,
		Logger:     slog.New(&w.log),
	})
	if err != nil {
		return err
	}
	w.registry = polymeter.NewRegistry(&polymeter.RegistryOptions{
		Merge:   &multiprocess.CollectorOptions{Logger: slog.New(&w.log)},
		OnError: func(err error) { w.rejected.Store(&err) },
	})
	return w.registry.Attach(w.store)
}

func (w *writer) declare() error {
	if native(lanes[w.Lane]) {
		if err := declareLive(w.registry); err != nil {
			return err
		}
	}
	known, err := w.ledger.read()
	if err != nil {
		return err
	}
	for i := range columns {
		if !columns[i].has(lanes[w.Lane]) {
			continue
		}
		update, err := columns[i].declare(w.registry)
		if err != nil {
			return err
		}
		w.columns = append(w.columns, written{i, known.begun(w.Lane, i), known.done(w.Lane, i), update})
	}
	return nil
}

// pageEvery is after how many updates a writer looks at its own page, on average.
const pageEvery = 20_000

func (w *writer) count() error {
	for n := 0; w.Ending != closing || n < w.Updates; n++ {
		if err := w.step(&w.columns[w.random.IntN(len(w.columns))]); err != nil {
			return err
		}
		if w.Pages && w.random.IntN(pageEvery) == 0 {
			if err := w.reader.look(context.Background(), w.registry); err != nil {
				return err
			}
		}
		if err := w.trouble(); err != nil {
			return err
		}
	}
	return w.close()
}

// step makes one update. That it may have happened is known from before it is
// begun, and that it has from when it has returned.
func (w *writer) step(c *written) error {
	column := &columns[c.number]
	var value float64
	c.begun, value = column.next(w.Lane, c.begun)
	w.ledger.begin(w.Lane, c.number, c.begun)
	if err := c.update(c.begun.count, value); err != nil {
		return err
	}
	c.done.count++
	if column.merge == mergeSum {
		c.done.value += value
	} else {
		c.done.value = value
	}
	w.ledger.done(w.Lane, c.number, c.done)
	return nil
}

// trouble returns what the store or the registry have to complain about.
func (w *writer) trouble() error {
	if rejected := w.rejected.Load(); rejected != nil {
		return fmt.Errorf("an update was rejected: %w", *rejected)
	}
	return w.log.broken()
}

// close ends the store's life. What is counted afterwards must not appear
// anywhere.
func (w *writer) close() error {
	err := w.store.Close()
	for i := range w.columns {
		c := &w.columns[i]
		err = errors.Join(err, c.update(c.begun.count+1, 1e9))
	}
	return errors.Join(err, w.trouble())
}
