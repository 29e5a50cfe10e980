package remotewrite

import (
	"sync"
	"time"
)

// Protocol is a version of the Remote-Write protocol.
type Protocol uint8

const (
	// Negotiated speaks 2.0 until the receiver shows that it does not know it,
	// then 1.0, and tries 2.0 again once an hour.
	Negotiated Protocol = iota
	// Version2 is Remote-Write 2.0.
	Version2
	// Version1 is Remote-Write 1.0, as Prometheus extended it by metadata,
	// exemplars and native histograms. It has no start timestamps.
	Version1
)

// What the versions say about themselves in a request.
const (
	versionHeader = "X-Prometheus-Remote-Write-Version"
	version2      = "2.0.0"
	version1      = "0.1.0"
	contentType2  = "application/x-protobuf;proto=io.prometheus.write.v2.Request"
	contentType1  = "application/x-protobuf"
)

// probeInterval is how long 1.0 is spoken before 2.0 is tried again.
const probeInterval = time.Hour

// negotiation remembers which version the receiver knows.
type negotiation struct {
	fixed Protocol // unless Negotiated

	mu    sync.Mutex
	until time.Time // when 2.0 is due again
}

// version returns the one to speak.
func (n *negotiation) version() Protocol {
	if n.fixed != Negotiated {
		return n.fixed
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Now().Before(n.until) {
		return Version1
	}
	return Version2
}

// settle speaks 1.0 for a while, since 2.0 was refused and 1.0 accepted. It reports
// whether this is the first time.
func (n *negotiation) settle() (first bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	first = n.until.IsZero()
	n.until = time.Now().Add(probeInterval)
	return first
}
