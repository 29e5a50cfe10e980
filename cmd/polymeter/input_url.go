package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
)

// pageSource says how pages are read that may come from servers as well.
type pageSource struct {
	from        pageFrom
	fromName    *string
	timeout     time.Duration
	maxBytes    int64
	headers     http.Header
	headerLines []string
	lenient     string
	insecure    bool
}

// What a server may take and send, unless it is said.
const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 256 << 20
)

// pageFlags adds the flags that say how pages are read, wherever they come from.
func pageFlags(cmd *cobra.Command) *pageSource {
	s := &pageSource{fromName: fromFlag(cmd), timeout: defaultTimeout, maxBytes: defaultMaxBytes}
	cmd.Flags().StringVar(&s.lenient, "lenient", "none", "mistakes of text to read over: none, all, or a list of them")
	return s
}

// sourceFlags adds these flags, and those for pages of servers.
func sourceFlags(cmd *cobra.Command) *pageSource {
	s := pageFlags(cmd)
	flags := cmd.Flags()
	flags.DurationVar(&s.timeout, "timeout", defaultTimeout, "how long a server may take to send a page")
	flags.Int64Var(&s.maxBytes, "max-bytes", defaultMaxBytes, "how long a server's page may be, decompressed")
	flags.StringArrayVar(&s.headerLines, "header", nil, "header to send to a server, as 'Name: value'; may be repeated")
	flags.BoolVar(&s.insecure, "insecure", false, "accept whatever certificate a server has")
	return s
}

// check reports a wrong command line.
func (s *pageSource) check() error {
	if s.timeout <= 0 {
		return usagef("--timeout: %v is not positive", s.timeout)
	}
	if s.maxBytes <= 0 {
		return usagef("--max-bytes: %d is not positive", s.maxBytes)
	}
	var err error
	if s.headers, err = parseHeaders(s.headerLines); err != nil {
		return err
	}
	if s.from, err = parseFrom(*s.fromName); err != nil {
		return err
	}
	if s.from.lenient, err = exposition.ParseLeniency(s.lenient); err != nil {
		return usagef("--lenient: %s", message(err))
	}
	return nil
}

// open opens what an argument names: a file, standard input or a URL.
func (s *pageSource) open(ctx context.Context, stdin io.Reader, arg string) (input *pageInput, err error) {
	if isURL(arg) {
		input, err = s.get(ctx, arg)
	} else {
		input, err = s.from.openFile(stdin, arg)
	}
	if err == nil {
		input.lenient = s.from.lenient
	}
	return input, err
}

func isURL(arg string) bool {
	scheme, _, found := strings.Cut(arg, "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// get asks a server for a page. What is compressed with gzip is decompressed on
// the way, and counts as what it becomes.
func (s *pageSource) get(ctx context.Context, arg string) (*pageInput, error) {
	name := shownInput(arg)
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	response, err := s.ask(ctx, arg)
	if err == nil {
		var syntax exposition.Syntax
		if syntax, err = s.accept(response); err == nil {
			body := &pageBody{body: response.Body, left: s.maxBytes, source: s}
			stop := func() { response.Body.Close(); cancel() }
			return &pageInput{name: name, syntax: syntax, reader: &namedReader{body, name}, close: stop}, nil
		}
		response.Body.Close()
	}
	cancel()
	return nil, fmt.Errorf("%s: %w", name, s.explain(err))
}

// offer is the header that names the formats: the one that was asked for, or all
// of them. Those with lines come first, since errors can be shown in them.
func (s *pageSource) offer() string {
	if !s.from.auto {
		return s.from.format.ContentType()
	}
	formats := []exposition.Format{
		exposition.FormatOpenMetrics(), exposition.FormatText100(), exposition.FormatText(),
		exposition.FormatOpenMetrics2(), exposition.FormatProtobuf(), exposition.FormatJSON(),
	}
	var all []string
	for i, f := range formats {
		all = append(all, fmt.Sprintf("%s;q=0.%d", f.ContentType(), 9-i))
	}
	return strings.Join(append(all, "*/*;q=0.1"), ", ")
}

// accept returns the format of an answer, if it is a page.
func (s *pageSource) accept(r *http.Response) (exposition.Syntax, error) {
	if r.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the server answers %s", r.Status)
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return 0, fmt.Errorf("the page is compressed with %q, which cannot be read", coding)
	}
	contentType := r.Header.Get("Content-Type")
	syntax, known, sure := syntaxOf(contentType)
	switch {
	case s.from.auto && known:
		return syntax, nil
	case s.from.auto && contentType == "":
		return 0, errors.New("the server does not say which format the page has; use --from")
	case s.from.auto:
		return 0, fmt.Errorf("the content type %q is none of a page of metrics; if it is one all the same, use --from", contentType)
	case sure && syntax != s.from.format.Syntax:
		return 0, fmt.Errorf("the server sends %s where %s was asked for", syntax, s.from.format)
	}
	return s.from.format.Syntax, nil
}

// syntaxOf tells the format from a content type. It is sure of it unless servers
// of files may give that type to a page of another format, too.
func syntaxOf(contentType string) (syntax exposition.Syntax, known, sure bool) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return 0, false, false
	}
	switch mediaType {
	case "text/plain":
		return exposition.Text, true, parameters["version"] != ""
	case "application/openmetrics-text":
		if parameters["version"] == exposition.OpenMetricsVersion200 {
			return exposition.OpenMetrics2, true, true
		}
		return exposition.OpenMetrics, true, true
	case "application/vnd.google.protobuf":
		delimited := parameters["encoding"] == "delimited" && parameters["proto"] == "io.prometheus.client.MetricFamily"
		return exposition.Protobuf, delimited, delimited
	case "application/x-ndjson", "application/json":
		return exposition.JSON, true, mediaType == "application/x-ndjson"
	}
	return 0, false, false
}

// explain says what an error of the connection means.
func (s *pageSource) explain(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err // the rest is the URL, with its password
	}
	var doubtful *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("there is no whole answer within %v", s.timeout)
	case errors.As(err, &doubtful):
		return fmt.Errorf("%w; --insecure accepts it", err)
	}
	return err
}

// pageBody is what a server sends, as far as that is not too long.
type pageBody struct {
	body   io.Reader
	left   int64
	source *pageSource
}

func (b *pageBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	if int64(n) > b.left {
		return int(b.left), fmt.Errorf("the page is longer than %d bytes, which --max-bytes allows", b.source.maxBytes)
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.source.explain(err)
	}
	return n, err
}
