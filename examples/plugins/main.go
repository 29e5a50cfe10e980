// Plugins runs a program with plugins, each of which is a process of its own, and
// shows the metrics of all of them on one page.
//
// The host talks to a plugin through its standard input and output, one line a
// request. A plugin counts what it does with the same code as the host; it knows
// nothing about who shows it. One of them crashes, and takes nothing along that it
// counted.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"strings"

	"polymeter.dev"
	"polymeter.dev/exposition"
	"polymeter.dev/multiprocess"
)

// pluginEnv tells a process which plugin it is.
const pluginEnv = "EXAMPLE_PLUGINS_PLUGIN"

func main() {
	if name := os.Getenv(pluginEnv); name != "" {
		serve(name, os.Stdin, os.Stdout)
		return
	}
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// serve is a plugin: it answers every line, and crashes when it is told to.
func serve(name string, in io.Reader, out io.Writer) {
	calls := polymeter.NewCounterVec(polymeter.CounterOpts{
		Name: "plugin_calls_total", Help: "Calls of plugins.", Labels: []string{"plugin"},
	})
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if lines.Text() == "crash" {
			panic("asked to")
		}
		calls.With(name).Inc()
		fmt.Fprintln(out, strings.ToUpper(lines.Text()))
	}
}

// plugin is the host's side of one.
type plugin struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(name, dir string) (*plugin, error) {
	p := &plugin{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), pluginEnv+"="+name, multiprocess.DirEnv+"="+dir)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

// call returns the answer, or false when the plugin has crashed.
func (p *plugin) call(request string) (string, bool) {
	if _, err := fmt.Fprintln(p.in, request); err != nil || !p.out.Scan() {
		return "", false
	}
	return p.out.Text(), true
}

func (p *plugin) stop() error {
	p.in.Close()
	return p.cmd.Wait()
}

// run calls two plugins, lets one crash, and prints the page of the host.
func run(w io.Writer) error {
	dir, err := os.MkdirTemp("", "polymeter-plugins-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	store, err := multiprocess.Open(dir, nil)
	if err != nil {
		return err
	}
	defer store.Close()
	registry := polymeter.NewRegistry(&polymeter.RegistryOptions{Store: store})
	crashes := polymeter.Must(registry.NewCounterVec(polymeter.CounterOpts{
		Name: "plugin_crashes_total", Help: "Plugins that crashed.", Labels: []string{"plugin"},
	}))
	for name, requests := range map[string][]string{
		"shout":    {"hello", "world", "again"},
		"unstable": {"hello", "crash"},
	} {
		p, err := start(name, dir)
		if err != nil {
			return err
		}
		for _, request := range requests {
			if answer, ok := p.call(request); ok {
				fmt.Fprintf(w, "%s: %s\n", name, answer)
			}
		}
		if err := p.stop(); err != nil {
			crashes.With(name).Inc()
		}
	}
	page, err := exposition.GenerateLatest(registry)
	if err != nil {
		return err
	}
	_, err = w.Write(page)
	return err
}
