package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"polymeter.dev/exposition"
)

// pushed is a request that a gateway has had.
type pushed struct {
	method, path, user, page string
	header                   http.Header
}

// newGateway starts a server that keeps the requests, and answers with the codes given
// first.
func newGateway(t *testing.T, codes ...int) (url string, requests *[]pushed) {
	t.Helper()
	requests = new([]pushed)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := pushed{method: r.Method, path: r.URL.Path, header: r.Header}
		got.user, _, _ = r.BasicAuth()
		if r.Method != http.MethodDelete {
			got.page = pushedPage(t, r)
		}
		*requests = append(*requests, got)
		if len(*requests) <= len(codes) {
			http.Error(w, "pushed metrics are\ninvalid", codes[len(*requests)-1])
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

// pushedPage returns the page of a request as text.
func pushedPage(t *testing.T, r *http.Request) string {
	body, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Error(err)
		return ""
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	text, err := exposition.GenerateLatest(exposition.Decoded(exposition.NewProtobufDecoder(body, nil)))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestPush(t *testing.T) {
	t.Parallel()
	const page = "# TYPE a gauge\na 1\n"
	file := writeFile(t, filepath.Join(t.TempDir(), "page.txt"), []byte(page))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", exposition.ContentTypeText)
		io.WriteString(w, page)
	}))
	t.Cleanup(server.Close)
	tests := []struct {
		name, stdin string
		args        []string
		want        pushed
	}{
		{"stdin", page, nil, pushed{method: "PUT", path: "/metrics/job/j", page: page}},
		{"dash", page, []string{"-"}, pushed{method: "PUT", path: "/metrics/job/j", page: page}},
		{"file", "", []string{file, "--method", "post"}, pushed{method: "POST", path: "/metrics/job/j", page: page}},
		{"server", "", []string{server.URL}, pushed{method: "PUT", path: "/metrics/job/j", page: page}},
		{"text", page, []string{"--text"}, pushed{method: "PUT", path: "/metrics/job/j", page: page}},
		{"grouping", page, []string{"--grouping", "b=x=y", "--grouping", "a="}, pushed{method: "PUT", path: "/metrics/job/j/a@base64/=/b@base64/eD15", page: page}},
		{"timestamps", "a 1 5\n", []string{"--drop-timestamps"}, pushed{method: "PUT", path: "/metrics/job/j", page: "# TYPE a untyped\na 1\n"}},
		{"lenient", "a 1\r\n", []string{"--lenient", "lines"}, pushed{method: "PUT", path: "/metrics/job/j", page: "# TYPE a untyped\na 1\n"}},
		{"names", "# TYPE \"a.b\" gauge\n{\"a.b\"} 1\n", []string{"--escaping", "values"}, pushed{method: "PUT", path: "/metrics/job/j", page: "# TYPE U__a_2e_b gauge\nU__a_2e_b 1\n"}},
		{"delete", "", []string{"--method", "delete"}, pushed{method: "DELETE", path: "/metrics/job/j"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, requests := newGateway(t)
			url = strings.Replace(url, "//", "//user:password@", 1)
			args := append([]string{"push", "--gateway", url, "--job", "j", "--header", "X-Tenant: t"}, test.args...)
			invoke(t, test.stdin, args...).want(t, exitOK, "", "")
			if len(*requests) != 1 {
				t.Fatalf("%d requests", len(*requests))
			}
			got := (*requests)[0]
			if got.user != "user" || got.header.Get("X-Tenant") != "t" {
				t.Errorf("user %q, header %v", got.user, got.header)
			}
			got.header, got.user = nil, ""
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("pushed was %q, want %q", got, test.want)
			}
		})
	}
}

// TestPushDirectory pushes what merge shows.
func TestPushDirectory(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	merged := invoke(t, "", "merge", dir)
	want := invoke(t, merged.out, "convert", "--escaping", "underscores").out
	url, requests := newGateway(t)
	got := invoke(t, "", "push", "--gateway", url, "--job", "j", "--text", dir)
	got.want(t, merged.code, "", strings.ReplaceAll(merged.errors, "polymeter merge: ", "polymeter push: "))
	if len(*requests) != 1 || (*requests)[0].page != want {
		t.Errorf("pushed was %q, want %s", *requests, want)
	}
}

func TestPushFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, stdin string
		codes       []int
		args        []string
		want        string // the beginning of the last line
		requests    int
	}{
		{"refused", "a 1\n", []int{400}, nil, "polymeter push: the gateway answered 400 Bad Request: pushed metrics are invalid\n", 1},
		{"refused to delete", "", []int{404}, []string{"--method", "delete"}, "polymeter push: the gateway answered 404 Not Found: pushed metrics are invalid\n", 1},
		{"given up", "a 1\n", []int{503, 503, 503, 503}, []string{"--timeout", "100ms"}, "polymeter push: the gateway answered 503 Service Unavailable: pushed metrics are invalid: given up: its time is over", 1},
		{"timestamp", "a 1 5\n", nil, nil, `polymeter push: nothing was sent: family "a": series a{}: it has a timestamp, which a Pushgateway refuses; --drop-timestamps leaves it out` + "\n", 0},
		{"label", "a{job=\"k\"} 1\n", nil, nil, `polymeter push: nothing was sent: family "a": series a{job="k"}: label "job" is "k", but the group has job="j"`, 0},
		{"broken page", "a 1\nb", nil, nil, "polymeter push: stdin:2:2: ", 0},
		{"missing file", "", nil, []string{"/nonexistent/page"}, "polymeter push: /nonexistent/page: no such file or directory\n", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, requests := newGateway(t, test.codes...)
			got := invoke(t, test.stdin, append([]string{"push", "--gateway", url, "--job", "j"}, test.args...)...)
			i := strings.LastIndex(strings.TrimSuffix(got.errors, "\n"), "\n") + 1
			if got.code != exitFailure || got.out != "" || !strings.HasPrefix(got.errors[i:], test.want) {
				t.Errorf("got %+v, want %s", got, test.want)
			}
			if len(*requests) != test.requests {
				t.Errorf("%d requests, want %d", len(*requests), test.requests)
			}
		})
	}
}

// TestPushRepeats tells of a request that failed, and pushes in the end.
func TestPushRepeats(t *testing.T) {
	t.Parallel()
	url, requests := newGateway(t, 503)
	got := invoke(t, "a 1\n", "push", "--gateway", url, "--job", "j")
	if got.code != exitOK || !strings.Contains(got.errors, "a request failed") || len(*requests) != 2 {
		t.Errorf("got %+v after %d requests", got, len(*requests))
	}
}

func TestPushUsage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{}, "no --gateway given"},
		{[]string{"--gateway", "g"}, "no --job given"},
		{[]string{"--gateway", "g", "--job", "j", "a", "b"}, "2 pages given; push one at a time"},
		{[]string{"--gateway", "g", "--job", "j", ""}, "an empty page is given; is a variable not set?"},
		{[]string{"--gateway", "g", "--job", "j", "--method", "patch"}, `--method: "patch" is not one of put, post, delete`},
		{[]string{"--gateway", "g", "--job", "j", "--method", "delete", "page"}, `unexpected argument "page" beside --method delete`},
		{[]string{"--gateway", "g", "--job", "j", "--timeout", "0s"}, "--timeout: 0s is not positive"},
		{[]string{"--gateway", "g", "--job", "j", "--grouping", "a"}, `--grouping: "a" is not of the form name=value`},
		{[]string{"--gateway", "g", "--job", "j", "--grouping", "a=1", "--grouping", "a=2"}, `--grouping: label "a" is given twice`},
		{[]string{"--gateway", "g", "--job", "j", "--grouping", "__a=1"}, `grouping: metric: label name "__a" starts with the reserved "__"`},
		{[]string{"--gateway", "g", "--job", "j", "--escaping", "html"}, `--escaping: escaping scheme "html" is not known`},
		{[]string{"--gateway", "g", "--job", "j", "--header", "x"}, "--header: the value is not of the form 'Name: value'"},
		{[]string{"--gateway", "g", "--job", "j", "--header", "Content-Type: x"}, `header "Content-Type" is set by the protocol`},
		{[]string{"--gateway", "g", "--job", "j", "--from", "xml"}, `--from: format "xml" is not one of text, openmetrics, openmetrics2, protobuf, json, nor auto`},
		{[]string{"--gateway", "ftp://g", "--job", "j"}, `the URL of the gateway has the scheme "ftp", not http or https`},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			t.Parallel()
			got := invoke(t, "", append([]string{"push"}, test.args...)...)
			got.want(t, exitUsage, "", "polymeter push: "+test.want+"\nRun \"polymeter push --help\" for help.\n")
		})
	}
}
