package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

// TestRequestOfPage reads a page that is only for those who say who they are.
func TestRequestOfPage(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if name == "Authorization" || name == "Token" {
				t.Errorf("another server gets the header %s", name)
			}
		}
		send(exposition.ContentTypeText, fine)(w, r)
	}))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "me" || password != "p@ss" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		send(exposition.ContentTypeText, fine)(w, r)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Token") != "a: b" || r.Host != "name" || r.Header.Get("Accept") != "x/y" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		send(exposition.ContentTypeText, fine)(w, r)
	})
	mux.Handle("/here", http.RedirectHandler("/user", http.StatusFound))
	mux.Handle("/there", http.RedirectHandler(other.URL, http.StatusFound))
	mux.Handle("/on", http.RedirectHandler("/on", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()
	withUser := strings.Replace(server.URL, "http://", "http://me:p%40ss@", 1)
	tests := []struct {
		name   string
		args   []string
		errors string // %: of the URL
	}{
		{"a user", []string{withUser + "/user"}, ""},
		{"nobody", []string{server.URL + "/user"}, "the server answers 401 Unauthorized"},
		{"headers", []string{server.URL + "/token", "--header", "Token: a: b", "--header", "host:name", "--header", "Accept: x/y"}, ""},
		{"redirected to the same server", []string{withUser + "/here"}, ""},
		{"redirected to another server", []string{withUser + "/there", "--header", "Token: a"}, ""},
		{"redirected on and on", []string{server.URL + "/on"}, "the server redirects on and on"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := invoke(t, "", append([]string{"convert"}, test.args...)...)
			if test.errors == "" {
				got.want(t, exitOK, fine, "")
				return
			}
			if got.code != exitFailure || !strings.HasSuffix(got.errors, ": "+test.errors+"\n") || strings.Contains(got.errors, "p@ss") {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestInsecure(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(send(exposition.ContentTypeText, fine))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	got := invoke(t, "", "convert", server.URL)
	if got.code != exitFailure || !strings.Contains(got.errors, "--insecure accepts it") {
		t.Errorf("got %+v", got)
	}
	invoke(t, "", "convert", "--insecure", server.URL).want(t, exitOK, fine, "")
}

func TestHeaderFlags(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"secret":        "the value is not of the form 'Name: value'",
		": secret":      "the value is not of the form 'Name: value'",
		"a b: secret":   "the value is not of the form 'Name: value'",
		"Name: x\nY: z": "the value of Name has a control character in it",
	} {
		got := invoke(t, "", "check", "--header", header, "http://127.0.0.1/")
		if got.code != exitUsage || !strings.Contains(got.errors, "--header: "+want) || strings.Contains(got.errors, "secret") {
			t.Errorf("%q: got %+v", header, got)
		}
	}
}

// TestSharedFilesAsPages has the page of a directory, and of one of its files, compared
// and measured.
func TestSharedFilesAsPages(t *testing.T) {
	t.Parallel()
	dir := storeDir(t)
	page := invoke(t, "", "merge", "--to", "json", dir)
	file := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte(page.out))
	invoke(t, "", "diff", file, dir).want(t, exitOK, "", "")
	files, err := filepath.Glob(filepath.Join(dir, "*.[dp][bm]"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		got := invoke(t, "", "top", name)
		if got.code != exitOK || got.errors != "" || !strings.Contains(got.out, "series") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLenientCheck(t *testing.T) {
	t.Parallel()
	page := writeFile(t, filepath.Join(t.TempDir(), "page"), []byte("a 1\r\na 1\r\n"))
	if got := invoke(t, "", "check", page); got.code != exitFailure {
		t.Errorf("got %+v", got)
	}
	if got := invoke(t, "", "check", "--lint=false", "--lenient", "lines,duplicates", page); got.code != exitOK {
		t.Errorf("got %+v", got)
	}
	if got := invoke(t, "", "check", "--lenient", "all-of-it", page); got.code != exitUsage {
		t.Errorf("got %+v", got)
	}
}
