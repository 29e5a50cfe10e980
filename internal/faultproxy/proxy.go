// Package faultproxy stands between a client and a server in tests, and lets happen
// to their connections what happens in networks: refusals, resets, silence, answers
// that are cut, lost, or nonsense.
package faultproxy

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// Proxy forwards connections to a server on the loopback interface. The faults that
// are due meet one connection each, in their order; connections after that are
// forwarded whole. It may be used concurrently.
type Proxy struct {
	target string
	addr   string

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	open     map[*net.TCPConn]struct{}
	due      []Fault
	injected int
	closed   bool
	running  sync.WaitGroup
}

// Start returns a proxy before the server at target, on a free port.
func Start(target string) (*Proxy, error) {
	p := &Proxy{target: target, addr: "127.0.0.1:0", open: map[*net.TCPConn]struct{}{}}
	if err := p.Resume(); err != nil {
		return nil, err
	}
	return p, nil
}

// Addr returns the address that clients connect to, which stays the same.
func (p *Proxy) Addr() string { return p.addr }

// Injected returns how many faults connections have met.
func (p *Proxy) Injected() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.injected
}

// Next makes faults due, after those that are, and resets the connections that
// there are, so that the client meets them.
func (p *Proxy) Next(faults ...Fault) {
	p.mu.Lock()
	p.due = append(p.due, faults...)
	p.mu.Unlock()
	p.Break()
}

// Due returns how many faults no connection has met yet.
func (p *Proxy) Due() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.due)
}

// Break resets all connections.
func (p *Proxy) Break() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		reset(c)
	}
}

// Refuse resets all connections and refuses others, until Resume. It counts as one
// fault.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	if p.listener != nil {
		p.listener.Close() // nothing can be lost by it
		p.listener = nil
		p.injected++
	}
	p.mu.Unlock()
	p.Break()
}

// Resume accepts connections again.
func (p *Proxy) Resume() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.listener != nil {
		return nil
	}
	l, err := net.Listen("tcp", p.addr)
	if err != nil {
		return fmt.Errorf("faultproxy: %w", err)
	}
	p.listener, p.addr = l, l.Addr().String()
	p.running.Add(1)
	go p.accept(l)
	return nil
}

// Close ends everything, and waits for it.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	if p.listener != nil {
		p.listener.Close() // as in Refuse
		p.listener = nil
	}
	p.mu.Unlock()
	p.Break()
	p.running.Wait()
}

func (p *Proxy) accept(l net.Listener) {
	defer p.running.Done()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // a connection that is gone already
		}
		conn := c.(*net.TCPConn)
		if fault, ok := p.take(conn); ok {
			p.running.Add(1)
			go func() {
				defer p.running.Done()
				defer p.drop(conn)
				fault(&Link{Client: conn, proxy: p})
			}()
		}
	}
}

// take remembers a connection, and returns the fault that is due.
func (p *Proxy) take(c *net.TCPConn) (fault Fault, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener == nil {
		reset(c)
		return nil, false
	}
	p.open[c] = struct{}{}
	if len(p.due) == 0 {
		return forward, true
	}
	fault, p.due = p.due[0], p.due[1:]
	p.injected++
	return fault, true
}

// keep remembers a connection to the server, unless the proxy is closed.
func (p *Proxy) keep(c *net.TCPConn) (*net.TCPConn, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		reset(c)
		return nil, false
	}
	p.open[c] = struct{}{}
	return c, true
}

func (p *Proxy) drop(c *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	c.Close() // nothing is to be sent any more
}

// reset closes a connection so that its other end gets an error.
func reset(c *net.TCPConn) {
	c.SetLinger(0) // only fails on a connection that is closed
	c.Close()
}
