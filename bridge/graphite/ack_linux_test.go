package graphite_test

import (
	"context"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"polymeter.dev/bridge/graphite"
)

// crossed is a connection on which the end that the server makes and the data that are sent
// to it cross: the system sends the data with the client's own end, after the server has
// closed.
type crossed struct {
	*net.TCPConn
	hangUp func()        // closes the server's side
	seen   chan struct{} // closed when its end has come
}

func (c *crossed) Read(p []byte) (int, error) {
	defer close(c.seen)
	return c.TCPConn.Read(p)
}

func (c *crossed) CloseWrite() error {
	c.hangUp()
	<-c.seen
	return c.TCPConn.CloseWrite()
}

// TestEndsThatCross does not take the end of a connection for that of a reader, when the
// reader's system has not taken everything.
func TestEndsThatCross(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	connections := 0
	b := newBridgeTo(t, l.Addr().String(), collecting(gauge("g", 1)), graphite.Options{
		MinBackoff: time.Hour,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			connections++
			return dialCrossed(ctx, l, network, address)
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := b.Push(ctx); err == nil {
		t.Error("the push succeeded")
	}
	if connections != 1 {
		t.Errorf("%d connections", connections)
	}
	wantSelf(t, b, map[string]float64{`written_total{}`: 0, `waiting_samples{}`: 1, `batches_total{outcome="failed"}`: 1})
}

func dialCrossed(ctx context.Context, l net.Listener, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	server, err := l.Accept()
	if err != nil {
		return nil, err
	}
	client := &crossed{TCPConn: c.(*net.TCPConn), hangUp: func() { server.Close() }, seen: make(chan struct{})}
	raw, err := client.SyscallConn()
	if err != nil {
		return nil, err
	}
	var corking error
	err = raw.Control(func(fd uintptr) { corking = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_CORK, 1) })
	if err == nil {
		err = corking
	}
	return client, err
}
