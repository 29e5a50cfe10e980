package scrape

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"polymeter.dev/exposition"
)

// get asks a target and reads its page.
func (c *Collector) get(ctx context.Context, p *page) error {
	request, err := c.request(ctx, p.target)
	if err != nil {
		return err
	}
	answer, err := c.client(p.target).Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	syntax, err := accept(answer)
	if err != nil {
		return err
	}
	return c.read(p, answer.Body, syntax)
}

func (c *Collector) request(ctx context.Context, t Target) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", offer)
	request.Header.Set("User-Agent", "polymeter")
	if deadline, bounded := ctx.Deadline(); bounded {
		left := time.Until(deadline).Seconds()
		request.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(left, 'f', 3, 64))
	}
	for name, values := range c.options.Header {
		request.Header[name] = values
	}
	request.Host = c.options.Header.Get("Host") // that of the URL where it is empty
	return request, nil
}

// offer is the header that names the formats, those that say most first.
var offer = func() string {
	var all []string
	for i, f := range []exposition.Format{
		exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatOpenMetrics(),
		exposition.FormatText100(),
		{Version: exposition.TextVersion004},
	} {
		all = append(all, fmt.Sprintf("%s;q=0.%d", f.ContentType(), 9-i))
	}
	return strings.Join(append(all, "*/*;q=0.1"), ", ")
}()

// client returns the client that reaches a target. A Unix socket has a connection of
// its own for each request.
func (c *Collector) client(t Target) *http.Client {
	if t.Socket == "" {
		return c.options.Client
	}
	transport := new(http.Transport)
	if given, ok := c.options.Client.Transport.(*http.Transport); ok {
		transport = given.Clone()
	}
	transport.DisableKeepAlives, transport.Proxy = true, nil
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", t.Socket)
	}
	client := *c.options.Client
	client.Transport = transport
	return &client
}

// stayOnHost keeps headers, which may be secret, from other hosts.
func stayOnHost(r *http.Request, via []*http.Request) error {
	const most = 10
	switch first := via[0].URL; {
	case len(via) >= most:
		return errors.New("the target redirects on and on")
	case r.URL.Host != first.Host || r.URL.Scheme != first.Scheme:
		return errors.New("the target redirects to another host")
	}
	return nil
}

// accept returns the syntax of an answer, if it is a page.
func accept(answer *http.Response) (exposition.Syntax, error) {
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the target answers %s", answer.Status)
	}
	if coding := answer.Header.Get("Content-Encoding"); coding != "" && coding != exposition.Identity {
		return 0, fmt.Errorf("the page is compressed with %q, which was not asked for", coding)
	}
	contentType := answer.Header.Get("Content-Type")
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return 0, fmt.Errorf("the content type %q is malformed", contentType)
	}
	switch mediaType {
	case "text/plain":
		return exposition.Text, nil
	case "application/openmetrics-text":
		if parameters["version"] == exposition.OpenMetricsVersion200 {
			return exposition.OpenMetrics2, nil
		}
		return exposition.OpenMetrics, nil
	case "application/vnd.google.protobuf":
		if parameters["encoding"] == "delimited" && parameters["proto"] == "io.prometheus.client.MetricFamily" {
			return exposition.Protobuf, nil
		}
	case "application/x-ndjson", "application/json":
		return exposition.JSON, nil
	}
	return 0, fmt.Errorf("the content type %q is none of a page of metrics", contentType)
}

// explain says what an error of a request means.
func (c *Collector) explain(ctx context.Context, err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // the rest is the URL, with its password
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return fmt.Errorf("there was no whole answer in time: %w", err)
	}
	return err
}
