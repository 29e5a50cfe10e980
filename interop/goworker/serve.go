package goworker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"polymeter.dev"
	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/workload"
)

// request is one line of a worker's input, and answered by one line: an empty
// one, or an error.
type request struct {
	Open    *opening
	Updates []workload.Update
}

// opening starts a worker's work.
type opening struct {
	Dir        string
	Identifier string
	Layout     multiprocess.Layout
	Families   []workload.Family
}

// serve carries out requests until there are no more.
func serve(input io.Reader, output io.Writer) error {
	var w worker
	defer w.close()
	scanner := bufio.NewScanner(input)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		var r request
		if err := json.Unmarshal(scanner.Bytes(), &r); err != nil {
			return err
		}
		answer := ""
		if err := w.do(&r); err != nil {
			answer = err.Error()
		}
		line, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if _, err := output.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// worker is what the worker process holds.
type worker struct {
	store *multiprocess.Store
	// find returns the instrument of a declaration with the label values.
	find []func(values []string) any
}

func (w *worker) do(r *request) error {
	if r.Open != nil {
		return w.open(r.Open)
	}
	for i := range r.Updates {
		if err := w.update(&r.Updates[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) open(o *opening) error {
	options := &multiprocess.Options{Format: multiprocess.FormatPython, Layout: o.Layout, NoCompact: true}
	if o.Identifier != "" {
		options.Identifier = func() string { return o.Identifier }
	}
	store, err := multiprocess.Open(o.Dir, options)
	if err != nil {
		return err
	}
	w.store = store
	registries := map[string]*polymeter.Registry{}
	for i := range o.Families {
		f := &o.Families[i]
		if registries[f.Registry] == nil {
			registries[f.Registry] = polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
		}
		find, err := declare(registries[f.Registry], f)
		if err != nil {
			return err
		}
		w.find = append(w.find, find)
	}
	return nil
}

func (w *worker) close() {
	if w.store != nil {
		w.store.Close()
	}
}

func (w *worker) update(u *workload.Update) error {
	value := float64(u.Value)
	instrument := w.find[u.Family](u.Values)
	if u.Do == "touch" {
		return nil
	}
	switch m := instrument.(type) {
	case *polymeter.Counter:
		m.Add(value)
	case interface{ Observe(float64) }:
		m.Observe(value)
	case *polymeter.Gauge:
		switch u.Do {
		case "set":
			m.Set(value)
		case "inc":
			m.Add(value)
		case "dec":
			m.Sub(value)
		}
	default:
		return fmt.Errorf("goworker: cannot %s a %T", u.Do, m)
	}
	return nil
}
