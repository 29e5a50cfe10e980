package peers_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"polymeter.dev/interop/peers"
)

// TestCarbon stores a point, and another after a restart.
func TestCarbon(t *testing.T) {
	t.Parallel()
	c := peers.StartCarbon(t)
	at := time.Now().Unix() - 10
	for i := range 2 {
		path := fmt.Sprintf("a.b;n=%d", i)
		conn, err := net.Dial("tcp", c.Plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "%s 1.5 %d\n", path, at); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, conn); n > 0 || err != nil {
			t.Errorf("%d bytes came back, error %v", n, err)
		}
		conn.Close()
		deadline := time.Now().Add(30 * time.Second)
		for c.Points(t, path)[path][at] != 1.5 {
			if time.Now().After(deadline) {
				t.Fatal("the point was not stored")
			}
		}
		if i == 0 {
			c.Kill()
			c.Start(t)
		}
	}
	if points := c.Points(t, "a.b;n=0", "a.b;n=1", "none"); len(points) != 2 {
		t.Errorf("points %v", points)
	}
}
