package faultproxy

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Fault is what happens to a connection. The connection is closed when it returns,
// and may be reset before.
type Fault func(*Link)

// Link is a connection of a client, and the server that it wants to reach.
type Link struct {
	Client *net.TCPConn
	proxy  *Proxy
}

// Dial connects to the server. Without a connection, the client's is reset.
func (l *Link) Dial() (server *net.TCPConn, ok bool) {
	c, err := net.Dial("tcp", l.proxy.target)
	if err != nil {
		reset(l.Client)
		return nil, false
	}
	return l.proxy.keep(c.(*net.TCPConn))
}

// forward is the absence of a fault.
func forward(l *Link) { l.pass(-1, 0) }

// Reset resets the connection as soon as it is there.
func Reset(l *Link) { reset(l.Client) }

// ResetAfter forwards n bytes of what the client sends, and then resets the
// connection.
func ResetAfter(n int64) Fault { return func(l *Link) { l.pass(n, 0) } }

// Slow forwards every piece of what the client sends after a pause.
func Slow(pause time.Duration) Fault { return func(l *Link) { l.pass(-1, pause) } }

// Silence accepts the connection and never answers, until the client ends its side or
// the proxy breaks the connection.
func Silence(l *Link) {
	one := make([]byte, 1)
	if _, err := io.ReadFull(l.Client, one); err == nil {
		io.Copy(io.Discard, l.Client) // until the connection ends, however it does
	}
}

// Garbage answers a request with something that is not HTTP.
func Garbage(l *Link) {
	if _, ok := l.request(); ok {
		io.WriteString(l.Client, "\x00\xff this is no answer \r\n\r\n") // the client may be gone
	}
}

// Answer answers a request in the server's place, with a header of lines like
// "Retry-After: 1".
func Answer(status int, body string, header ...string) Fault {
	return func(l *Link) {
		if _, ok := l.request(); !ok {
			return
		}
		answer := fmt.Sprintf("HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
		for _, line := range header {
			answer += line + "\r\n"
		}
		io.WriteString(l.Client, answer+"\r\n"+body) // the client may be gone
	}
}

// LoseAnswer lets the server have a request, and resets the connection when the
// answer is there: the client cannot know that it was served.
func LoseAnswer(l *Link) {
	request, ok := l.request()
	if !ok {
		return
	}
	server, ok := l.Dial()
	if !ok {
		return
	}
	defer l.proxy.drop(server)
	request.Header.Set("Connection", "close")
	if request.Write(server) == nil {
		io.Copy(io.Discard, server) // until the server has answered
	}
	reset(l.Client)
}

// request reads a whole request of HTTP. Its body is in memory.
func (l *Link) request() (*http.Request, bool) {
	request, err := http.ReadRequest(bufio.NewReader(l.Client))
	if err != nil {
		return nil, false
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, false
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	return request, true
}
