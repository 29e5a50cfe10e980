package multiprocess

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"polymeter.dev/internal/cell"
	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// PublishOptions say how a collector is published; the zero value of each is the
// default, and nil means all defaults.
type PublishOptions struct {
	// Mode says how gauges of several processes become one, and values of
	// unknown type; by default all of them are shown, as those of instruments.
	Mode metric.GaugeMode
	// Modes are, by family name, the modes of families that have another one.
	Modes map[string]metric.GaugeMode
	// Timeout is how long the collector may take; by default 10 seconds.
	Timeout time.Duration
	// Validation says which names are valid.
	Validation metric.Validation
}

const defaultPublishTimeout = 10 * time.Second

// Publish has the store write what c emits where other processes can read it,
// until stop is called: on the store's interval, at each Refresh, and when the
// store is closed. Every page of the directory then shows the values of all
// processes: counters, histograms and summaries add up, gauges follow a mode, and
// what a process published goes on counting after its death as if it had counted
// it itself. So c should tell about this process alone; what is true of all
// processes alike, such as the size of a table in a database, would be added up
// once for each of them.
//
// The collector runs under guard, at the same time as others. A family that it
// fails to give, or gives invalid, stays as it was published last; so do all
// families of one that panics or does not return in time. Quantiles of summaries
// and timestamps of samples are left out. Native histograms with custom bounds
// become classic ones. A family in expanded form is composed; one that does not
// compose is lost. A state set may have at most 64 states.
//
// Publishing the same collector again, for the same store, changes nothing but
// that stop has to be called once more.
//
// The error wraps that of a closed store; a store in the Python client's format
// has no place for what collectors compute, and returns another one.
func (s *Store) Publish(c metric.Collector, o *PublishOptions) (stop func(), err error) {
	if c == nil {
		return nil, errors.New("multiprocess: cannot publish a nil collector")
	}
	p, err := newPublisher(c, o)
	if err != nil {
		return nil, err
	}
	if _, ok := s.format.(*nativeFormat); !ok {
		return nil, fmt.Errorf("multiprocess: files of the Python client have no place for what collectors compute: %w", cell.ErrUnsupported)
	}
	if p, err = s.published.add(p); err != nil {
		return nil, fmt.Errorf("multiprocess: publish %s in %q: %w", p.source.Name(), s.dir, err)
	}
	s.keeper.start(s.interval, s.keep)
	return s.stopper(p), nil
}

// publisher is a collector that is published.
type publisher struct {
	source     *gather.Source
	mode       metric.GaugeMode
	modes      map[string]metric.GaugeMode
	timeout    time.Duration
	validation metric.Validation
	users      int // how often it was added, and not removed

	// What follows belongs to whoever holds the publications' lock of files.

	kept     []*keptPublication
	spare    *metric.Snapshot
	composer metric.Composer
}

func newPublisher(c metric.Collector, o *PublishOptions) (*publisher, error) {
	if o == nil {
		o = &PublishOptions{}
	}
	p := &publisher{
		source: gather.NewSource(c), mode: o.Mode, modes: maps.Clone(o.Modes),
		timeout: o.Timeout, validation: o.Validation, users: 1,
	}
	if p.timeout <= 0 {
		p.timeout = defaultPublishTimeout
	}
	if !p.mode.Valid() {
		return nil, fmt.Errorf("multiprocess: mode %d does not exist", p.mode)
	}
	for name, mode := range p.modes {
		if !mode.Valid() {
			return nil, fmt.Errorf("multiprocess: mode %d of family %q does not exist", mode, name)
		}
	}
	return p, nil
}

// publishes reports whether it is the same collector, as far as that can be told.
func (p *publisher) publishes(c metric.Collector) bool {
	own := p.source.Collector()
	return reflect.ValueOf(c).Comparable() && reflect.ValueOf(own).Comparable() && c == own
}

// modeOf returns the mode of a family. Only gauges, and what may be one, have it.
func (p *publisher) modeOf(d *metric.Desc) metric.GaugeMode {
	if !isGauge(d.Type) {
		return metric.GaugeAll
	}
	if mode, found := p.modes[d.Name]; found {
		return mode
	}
	return p.mode
}

// add adds a publisher, or returns the one that publishes the same collector.
func (p *publications) add(added *publisher) (*publisher, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last != nil {
		return added, cell.ErrClosed
	}
	for _, known := range p.publishers {
		if known.publishes(added.source.Collector()) {
			known.users++
			return known, nil
		}
	}
	p.publishers = append(slices.Clip(p.publishers), added)
	return added, nil
}

// remove removes a publisher when nobody is left who added it, and reports
// whether that is so.
func (p *publications) remove(removed *publisher) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if removed.users--; removed.users > 0 {
		return false
	}
	i := slices.Index(p.publishers, removed)
	p.publishers = slices.Delete(slices.Clone(p.publishers), i, i+1)
	return true
}

// present returns the publishers, which must not be changed.
func (p *publications) present() []*publisher {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.publishers
}
