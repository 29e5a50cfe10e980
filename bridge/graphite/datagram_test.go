package graphite_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"polymeter.dev/bridge/graphite"
	"polymeter.dev/metric"
)

// TestDatagrams sends whole lines in datagrams that are not too long, unless one line is.
func TestDatagrams(t *testing.T) {
	t.Parallel()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	long := metric.NewGaugeFamily("long", "", "l")
	long.Add(1, strings.Repeat("x", 9000))
	b := newBridgeTo(t, server.LocalAddr().String(), collecting(many(3000), long, gauge("last", 1)), graphite.Options{Protocol: graphite.UDP})
	pushed := make(chan error, 1)
	go func() { pushed <- b.Push(t.Context()) }()
	r := newReceiver()
	datagram := make([]byte, 1<<16)
	datagrams := 0
	for r.total() < 3002 {
		server.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, _, err := server.ReadFrom(datagram)
		if err != nil {
			t.Fatalf("after %d points: %v", r.total(), err)
		}
		if n > 1400 && bytes.Count(datagram[:n], []byte("\n")) > 1 || n > 0 && datagram[n-1] != '\n' {
			t.Errorf("a datagram of %d bytes that ends in %q", n, datagram[n-1])
		}
		r.read(bytes.NewReader(datagram[:n]))
		datagrams++
	}
	if err := <-pushed; err != nil {
		t.Error(err)
	}
	if len(r.invalid) > 0 || r.repeated > 0 || datagrams > 70 {
		t.Errorf("%d datagrams, %d repeated, invalid lines %q", datagrams, r.repeated, r.invalid)
	}
	wantSelf(t, b, map[string]float64{`written_total{}`: 3002})
}

// TestDatagramsToNobody goes on trying where the system says that nobody listens.
func TestDatagramsToNobody(t *testing.T) {
	t.Parallel()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := server.LocalAddr().String()
	server.Close()
	b := newBridgeTo(t, address, collecting(gauge("g", 1)), graphite.Options{Protocol: graphite.UDP, MinBackoff: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := b.Push(ctx); err == nil || !strings.Contains(err.Error(), "1 samples are still waiting") {
		t.Errorf("error %v", err)
	}
}
