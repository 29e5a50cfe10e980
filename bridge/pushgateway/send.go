package pushgateway

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"polymeter.dev/internal/sending"
)

// errExpired is why a request is not repeated any more.
var errExpired = fmt.Errorf("its time is over (%w)", context.DeadlineExceeded)

const (
	maxMessage = 1 << 10   // of an answer, to be shown
	maxBody    = 256 << 10 // of an answer, to be read so that the connection can be used again
)

// send sends a request until the gateway has accepted or refused it, or ctx ends.
func (p *Pusher) send(ctx context.Context, method string, body []byte) error {
	due := sending.Backoff{Next: p.options.MinBackoff, Max: p.options.MaxBackoff}
	for {
		start := time.Now()
		a := p.request(ctx, method, body)
		o := a.outcome()
		p.stats.request(o, time.Since(start))
		switch {
		case o == outcomeAccepted:
			p.stats.ended(pushAccepted)
			return nil
		case o == outcomeRejected:
			p.stats.ended(pushRejected)
			return a.err
		}
		p.options.logger().Warn("pushgateway: a request failed", "error", a.err)
		if err := pause(ctx, max(due.Step(), sending.RetryAfter(a.header, time.Now()))); err != nil {
			p.stats.ended(pushGivenUp)
			return fmt.Errorf("%w: given up: %w", a.err, err)
		}
	}
}

// request sends one request.
func (p *Pusher) request(ctx context.Context, method string, body []byte) answer {
	ctx, cancel := context.WithTimeout(ctx, p.options.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, p.url, bytes.NewReader(body))
	if err != nil {
		return answer{err: fmt.Errorf("pushgateway: %w", err)}
	}
	p.setHeader(request, method)
	response, err := p.client.Do(request)
	if err != nil {
		return answer{err: fmt.Errorf("pushgateway: %w", err)}
	}
	defer response.Body.Close()
	// The status and the header say everything: a body that breaks off is as good
	// as a whole one.
	message, _ := io.ReadAll(io.LimitReader(response.Body, maxMessage))
	io.Copy(io.Discard, io.LimitReader(response.Body, maxBody))
	return newAnswer(response, message)
}

func (p *Pusher) setHeader(r *http.Request, method string) {
	r.Header.Set("User-Agent", sending.UserAgent())
	if p.user != nil {
		r.SetBasicAuth(p.user.name, p.user.password)
	}
	for name, values := range p.options.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Host = p.options.Header.Get("Host") // which is that of the URL where it is empty
	if method != http.MethodDelete {
		r.Header.Set("Content-Type", p.options.format().ContentType())
		r.Header.Set("Content-Encoding", "gzip")
	}
}

// pause waits before a request is repeated. There is no point in a pause that the context
// does not outlive.
func pause(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && time.Until(deadline) <= d {
		return errExpired
	}
	return sending.Wait(ctx, d)
}
