package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// parseHeaders reads the headers of a command line.
func parseHeaders(lines []string) (http.Header, error) {
	headers := http.Header{}
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		// What may be a secret is not shown.
		if !found || !isToken(name) {
			return nil, usagef("--header: the value is not of the form 'Name: value'")
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, usagef("--header: the value of %s has a control character in it", name)
		}
		headers.Add(name, strings.TrimSpace(value))
	}
	return headers, nil
}

// isToken reports whether a text may be the name of a header
// (https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		isLetter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		return !isLetter && !('0' <= r && r <= '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// ask sends the request for a page.
func (s *pageSource) ask(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	s.introduce(request)
	if user := request.URL.User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password) // also after a redirection to the same server
	}
	for name, values := range s.headers {
		request.Header[name] = values
	}
	request.Host = s.headers.Get("Host") // which is that of the URL where it is empty
	return (&http.Client{Transport: newTransport(s.insecure), CheckRedirect: s.redirect}).Do(request)
}

// newTransport returns what sends requests. It keeps no connection for later.
func newTransport(insecure bool) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: insecure},
	}
}

// introduce sets the headers of every request.
func (s *pageSource) introduce(r *http.Request) {
	r.Header.Set("Accept", s.offer())
	r.Header.Set("User-Agent", "polymeter/"+version())
	r.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", strconv.FormatFloat(s.timeout.Seconds(), 'f', -1, 64))
}

// redirect follows a redirection. The headers of the command line, which may be
// secret, are for the server that it names, and not for a connection that is less
// safe.
func (s *pageSource) redirect(r *http.Request, via []*http.Request) error {
	const most = 10
	if len(via) >= most {
		return errors.New("the server redirects on and on")
	}
	first := via[0].URL
	if r.URL.Host == first.Host && (r.URL.Scheme == first.Scheme || r.URL.Scheme == "https") {
		return nil
	}
	for name := range s.headers {
		r.Header.Del(name)
	}
	r.Header.Del("Authorization")
	s.introduce(r)
	return nil
}
