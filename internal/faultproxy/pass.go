package faultproxy

import (
	"io"
	"time"
)

// pass forwards in both directions until one side ends: only n bytes of what the
// client sends, unless n is negative, and each piece of them after a pause.
func (l *Link) pass(n int64, pause time.Duration) {
	server, ok := l.Dial()
	if !ok {
		return
	}
	defer l.proxy.drop(server)
	answers := make(chan struct{})
	go func() {
		defer close(answers)
		io.Copy(l.Client, server) // until either side ends
		l.Client.CloseWrite()     // which fails when the client is gone
	}()
	var from io.Reader = l.Client
	if n >= 0 {
		from = io.LimitReader(from, n)
	}
	sent, err := io.Copy(server, &slow{from, pause})
	if err != nil || sent == n {
		reset(l.Client)
		server.Close()
	} else {
		server.CloseWrite() // the server may still answer
	}
	<-answers
}

// slow pauses before it hands on what it reads.
type slow struct {
	io.Reader
	pause time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	if s.pause == 0 {
		return s.Reader.Read(p)
	}
	n, err := s.Reader.Read(p[:min(len(p), slowPiece)])
	time.Sleep(s.pause)
	return n, err
}

const slowPiece = 64
