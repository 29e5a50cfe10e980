package graphite_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
)

// recorder keeps what is sent to it, and hands it on.
type recorder struct {
	address string

	mu  sync.Mutex
	raw bytes.Buffer
}

// newRecorder starts a recorder before a server. Without one it only listens.
func newRecorder(t *testing.T, target string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{address: l.Addr().String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				if err := r.record(conn, target); err != nil {
					t.Error(err)
				}
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return r
}

// record reads a connection to its end, and lets the server do so, too.
func (r *recorder) record(conn net.Conn, target string) error {
	data, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.raw.Write(data)
	r.mu.Unlock()
	if target == "" {
		return nil
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return err
	}
	defer server.Close()
	if _, err := server.Write(data); err != nil {
		return err
	}
	if err := server.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, server)
	return err
}

// sent returns all that came.
func (r *recorder) sent() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.raw.Bytes())
}
