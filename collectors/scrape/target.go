package scrape

import (
	"fmt"
	"net/url"
	"unicode/utf8"
)

// Target is a process that serves a page.
type Target struct {
	// Name says which target a series is from, in the label of [Options]. It must be
	// different for each target. The default is the path of Socket or, without one,
	// host and port of URL.
	Name string
	// URL is the address of the page, by http or https. A user and a password in it
	// are sent and never shown.
	URL string
	// Socket is the path of a Unix socket that the request goes to, whatever host
	// the URL has.
	Socket string
}

// check reports what is wrong with a target, and completes it.
func (t *Target) check() error {
	address, err := url.Parse(t.URL)
	if err != nil {
		return fmt.Errorf("scrape: target %q: the URL is malformed", t.Name) // the error shows it, maybe with a password
	}
	if address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return fmt.Errorf("scrape: target %q: %q is no URL of http or https", t.Name, address.Redacted())
	}
	if t.Name == "" {
		if t.Name = t.Socket; t.Name == "" {
			t.Name = address.Host
		}
	}
	if !utf8.ValidString(t.Name) {
		return fmt.Errorf("scrape: target %q: the name is not valid UTF-8", t.Name)
	}
	return nil
}

// checkTargets completes targets, or reports the first that cannot be one.
func checkTargets(targets []Target, most int) error {
	if len(targets) > most {
		return fmt.Errorf("scrape: there are %d targets, and at most %d are allowed", len(targets), most)
	}
	names := make(map[string]bool, len(targets))
	for i := range targets {
		t := &targets[i]
		if err := t.check(); err != nil {
			return err
		}
		if names[t.Name] {
			return fmt.Errorf("scrape: two targets have the name %q", t.Name)
		}
		names[t.Name] = true
	}
	return nil
}
