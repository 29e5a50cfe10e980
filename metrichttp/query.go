package metrichttp

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"polymeter.dev/exposition"
)

// timeoutHeader is how Prometheus says how many seconds it will wait.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// encodings are the content codings on offer, the cheapest first: at its fastest
// level zstd makes pages a tenth smaller than gzip, but takes half as long again.
var encodings = []string{gzipEncoding, zstdEncoding}

// query is what a client asks for. Requests with equal queries can share a
// page.
type query struct {
	format   exposition.Format
	encoding string
	// names are those of name[], sorted and each ended by a zero byte, so
	// that queries compare with ==.
	names string
	// timeout is how long collecting may take.
	timeout time.Duration
}

func parseQuery(r *http.Request, o *HandlerOptions) query {
	q := query{
		format:   exposition.Negotiate(joined(r.Header, "Accept"), o.Offer),
		encoding: exposition.Identity,
		timeout:  o.timeout(r.Header.Get(timeoutHeader)),
	}
	if !o.DisableCompression {
		q.encoding = exposition.AcceptEncoding(joined(r.Header, "Accept-Encoding"), encodings)
	}
	if strings.Contains(r.URL.RawQuery, "name") {
		q.names = joinNames(r.URL.Query()["name[]"])
	}
	return q
}

func joined(h http.Header, name string) string { return strings.Join(h.Values(name), ",") }

// joinNames ignores empty names, which no family has.
func joinNames(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var b strings.Builder
	for _, name := range names {
		if name != "" && !strings.Contains(name, "\x00") {
			b.WriteString(name)
			b.WriteByte(0)
		}
	}
	return b.String()
}

// nameList returns the names that the client asked for; empty means all.
func (q *query) nameList() []string {
	if q.names == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(q.names, "\x00"), "\x00")
}

// timeout returns how long collecting may take for a client that sent the given
// header. Anything but a positive number counts as absent.
func (o *HandlerOptions) timeout(header string) time.Duration {
	timeout := o.DefaultTimeout
	if seconds, err := strconv.ParseFloat(header, 64); err == nil && seconds > 0 {
		timeout = o.MaxTimeout
		if seconds < timeout.Seconds() {
			timeout = time.Duration(seconds * float64(time.Second))
		}
	}
	offset := o.TimeoutOffset
	if offset > timeout/2 {
		offset = timeout / 10
	}
	return timeout - offset
}
