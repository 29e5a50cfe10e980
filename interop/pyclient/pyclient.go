// Package pyclient talks to the Python client: a process of it that counts as a
// worker, merges a directory, or parses a page.
package pyclient

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"testing"

	"polymeter.dev/interop/peers"
	"polymeter.dev/interop/samples"
	"polymeter.dev/interop/workload"
)

//go:embed client.py
var script string

// Client is one running process of the Python client. It answers one call at a
// time, so it must not be used concurrently.
type Client struct {
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
}

// Start starts a process that lives until the test ends, unless it is stopped
// before. A dir makes it a worker that counts there; without, it only merges
// and parses.
func Start(t testing.TB, python *peers.Python, dir string) *Client {
	t.Helper()
	var env []string
	if dir != "" {
		env = append(env, "PROMETHEUS_MULTIPROC_DIR="+dir)
	}
	command := python.Command(t.Context(), peers.Script{Code: script, Env: env})
	command.Stdin = nil
	command.Stderr = t.Output()
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	c := &Client{command, input, bufio.NewReader(output)}
	t.Cleanup(c.Stop)
	return c
}

// Pid is the identifier under which the process counts, unless it declared
// another.
func (c *Client) Pid() string { return strconv.Itoa(c.command.Process.Pid) }

// Stop ends the process in the ordinary way, and waits until it has. Stopping
// it again does nothing.
func (c *Client) Stop() {
	c.input.Close()
	c.command.Wait()
}

// Kill ends the process without giving it a chance to do anything about it.
func (c *Client) Kill() {
	c.command.Process.Kill()
	c.command.Wait()
}

// Declare declares instruments as [workload.Worker] has it.
func (c *Client) Declare(families []workload.Family, identifier string) error {
	return c.call(nil, "declare", families, identifier)
}

// Update carries updates out as [workload.Worker] has it.
func (c *Client) Update(updates []workload.Update) error {
	return c.call(nil, "update", updates)
}

// Merge returns what the client's MultiProcessCollector makes of a directory,
// by way of its own page and parser.
func (c *Client) Merge(dir string) (Page, error) {
	var page Page
	err := c.call(&page, "merge", dir)
	return page, err
}

// MergeFiles returns what the client makes of files, in their order.
func (c *Client) MergeFiles(files []string, accumulate bool) (Page, error) {
	var page Page
	err := c.call(&page, "merge_files", files, accumulate)
	return page, err
}

// ParseText returns what the client's parser of the text format reads.
func (c *Client) ParseText(page string) (Page, error) {
	var parsed Page
	err := c.call(&parsed, "parse", "text", page)
	return parsed, err
}

// ParseOpenMetrics returns what the client's parser of OpenMetrics 1.0 reads.
func (c *Client) ParseOpenMetrics(page string) (Page, error) {
	var parsed Page
	err := c.call(&parsed, "parse", "openmetrics", page)
	return parsed, err
}

// MarkProcessDead is the client's mark_process_dead.
func (c *Client) MarkProcessDead(dir, identifier string) error {
	return c.call(nil, "mark_dead", dir, identifier)
}

// call waits for the answer to one request. An exception is an error with its
// traceback.
func (c *Client) call(result any, action string, arguments ...any) error {
	request, err := json.Marshal(map[string]any{"action": action, "arguments": arguments})
	if err != nil {
		return fmt.Errorf("pyclient: %w", err)
	}
	if _, err := c.input.Write(append(request, '\n')); err != nil {
		return fmt.Errorf("pyclient: %w", err)
	}
	line, err := c.output.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("pyclient: %w", err)
	}
	var answer struct {
		Error  string
		Result json.RawMessage
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return fmt.Errorf("pyclient: %w", err)
	}
	if answer.Error != "" {
		return errors.New("pyclient: " + answer.Error)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// Page is a page as the client's parser sees it.
type Page []Family

// Family is one metric of a [Page].
type Family struct {
	Name, Help, Type, Unit string
	Samples                []Sample
}

// Sample is one line of a [Family]. Timestamps are decimal seconds, empty when
// there is none.
type Sample struct {
	Name      string
	Labels    map[string]string
	Value     Number
	Timestamp string
	Exemplar  *Exemplar
}

// Exemplar is that of a [Sample].
type Exemplar struct {
	Labels    map[string]string
	Value     Number
	Timestamp string
}

// Number is a float64 that travels with all its bits.
type Number float64

// UnmarshalJSON reads what Python's float.hex writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	f, err := strconv.ParseFloat(s, 64)
	*n = Number(f)
	return err
}

// Samples returns the samples of the page. A label that rename maps to another
// value for a given one is renamed; it serves to make process ids comparable.
func (p Page) Samples(pids map[string]string) samples.Set {
	set := samples.Set{}
	for _, f := range p {
		for _, s := range f.Samples {
			if name, ok := pids[s.Labels["pid"]]; ok {
				s.Labels["pid"] = name
			}
			set[samples.Key(s.Name, s.Labels)] = float64(s.Value)
		}
	}
	return set
}

// Metadata returns the type and help of each family as text.
func (p Page) Metadata() map[string]string {
	m := map[string]string{}
	for _, f := range p {
		m[f.Name] = f.Type + " " + f.Help
	}
	return m
}
