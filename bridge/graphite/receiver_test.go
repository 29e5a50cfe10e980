package graphite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver takes lines as carbon does: whole lines of valid UTF-8 with three words. It
// has one value of each path and time, the last that it was told.
type receiver struct {
	mu       sync.Mutex
	due      []fault // of the next connections in memory
	lines    []string
	points   map[string]map[int64]float64
	repeated int // lines of points that were there, with the same value
	replaced int // likewise, with another
	invalid  []string
}

// fault is what happens to a connection in memory.
type fault func(*receiver, net.Conn)

func newReceiver(due ...fault) *receiver {
	return &receiver{due: due, points: map[string]map[int64]float64{}}
}

// refused is a fault without a connection.
var refused fault

var (
	// hang reads nothing, until the client gives up.
	hang fault = func(_ *receiver, c net.Conn) { <-c.(*half).gone }
	// deaf reads all of it, and does not close until then, either.
	deaf fault = func(r *receiver, c net.Conn) { r.read(c); <-c.(*half).gone }
	// hungUp closes at once.
	hungUp fault = func(_ *receiver, c net.Conn) { c.Close() }
	// answers like a server of something else.
	answers fault = func(_ *receiver, c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }
)

// repeat returns n times the same fault.
func repeat(n int, f fault) (all []fault) {
	for range n {
		all = append(all, f)
	}
	return all
}

// dial connects to the receiver in memory.
func (r *receiver) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" || address != "carbon:2003" {
		return nil, fmt.Errorf("cannot connect to %s over %s", address, network)
	}
	serve := (*receiver).serve
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.due) > 0 {
		serve, r.due = r.due[0], r.due[1:]
	}
	if serve == nil {
		return nil, errors.New("connection refused")
	}
	client, server := pipe()
	go func() {
		defer server.Close()
		serve(r, server)
	}()
	return client, nil
}

// serve reads lines until the end of the connection.
func (r *receiver) serve(c net.Conn) { r.read(c) }

func (r *receiver) read(c io.Reader) {
	lines := bufio.NewReader(c)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return // what is not a whole line is nothing to carbon
		}
		r.receive(strings.TrimSuffix(line, "\n"))
	}
}

func (r *receiver) receive(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	words := pythonSplit(line)
	if len(words) != 3 || len(line) >= 16384 {
		r.invalid = append(r.invalid, line)
		return
	}
	value, err := strconv.ParseFloat(words[1], 64)
	at, timeErr := strconv.ParseInt(words[2], 10, 64)
	if err != nil || timeErr != nil {
		r.invalid = append(r.invalid, line)
		return
	}
	r.lines = append(r.lines, line)
	points := r.points[words[0]]
	if points == nil {
		points = map[int64]float64{}
		r.points[words[0]] = points
	}
	switch old, found := points[at]; {
	case found && old == value:
		r.repeated++
	case found:
		r.replaced++
	}
	points[at] = value
}

// all returns the lines that came, in order.
func (r *receiver) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.lines...)
}

// total returns how many points there are.
func (r *receiver) total() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, points := range r.points {
		n += len(points)
	}
	return n
}

// listen has the receiver listen on a port.
func (r *receiver) listen(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer c.Close()
				r.serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

// half is one end of a connection in memory of which each direction ends by itself.
type half struct {
	in, out net.Conn
	once    sync.Once
	closed  chan struct{} // closed when it is
	gone    chan struct{} // closed when the other end is
}

// pipe returns both ends.
func pipe() (a, b *half) {
	in1, out1 := net.Pipe()
	in2, out2 := net.Pipe()
	end1, end2 := make(chan struct{}), make(chan struct{})
	return &half{in: in1, out: out2, closed: end1, gone: end2}, &half{in: in2, out: out1, closed: end2, gone: end1}
}

func (h *half) Close() error {
	h.once.Do(func() { close(h.closed) })
	return errors.Join(h.in.Close(), h.out.Close())
}

func (h *half) Read(p []byte) (int, error)         { return h.in.Read(p) }
func (h *half) Write(p []byte) (int, error)        { return h.out.Write(p) }
func (h *half) CloseWrite() error                  { return h.out.Close() }
func (h *half) LocalAddr() net.Addr                { return h.in.LocalAddr() }
func (h *half) RemoteAddr() net.Addr               { return h.in.RemoteAddr() }
func (h *half) SetReadDeadline(t time.Time) error  { return h.in.SetReadDeadline(t) }
func (h *half) SetWriteDeadline(t time.Time) error { return h.out.SetWriteDeadline(t) }
func (h *half) SetDeadline(t time.Time) error {
	return errors.Join(h.in.SetDeadline(t), h.out.SetDeadline(t))
}
