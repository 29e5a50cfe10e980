package metrichttp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polymeter.dev/metrichttp"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	template := certificateTemplate("authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	a.certificate = a.sign(t, template, template, a.key)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func certificateTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func (a *authority) sign(t *testing.T, template, parent *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// issue writes a certificate and its key, and returns both.
func (a *authority) issue(t *testing.T, name, certFile, keyFile string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := a.sign(t, certificateTemplate(name), a.certificate, key)
	writePEM(t, certFile, "CERTIFICATE", certificate.Raw)
	writePEM(t, keyFile, "PRIVATE KEY", der)
	return tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func writePEM(t *testing.T, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

func tlsFiles(t *testing.T) *metrichttp.TLSOptions {
	t.Helper()
	dir := t.TempDir()
	return &metrichttp.TLSOptions{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
}

func TestServerTLS(t *testing.T) {
	t.Parallel()
	files, ca := tlsFiles(t), newAuthority(t)
	ca.issue(t, "first", files.CertFile, files.KeyFile)
	var log logBuffer
	s := started(t, "127.0.0.1:0", metrichttp.Routes(collecting(), nil), &metrichttp.ServerOptions{
		TLS: files, Logger: log.logger(),
	})
	url := "https://" + s.Addr().String() + "/-/healthy"
	wantServerName := func(want string) {
		t.Helper()
		r, err := fetch(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool()}}, url)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.TLS.PeerCertificates[0].Subject.CommonName; r.StatusCode != 200 || got != want {
			t.Errorf("status %d from %q, want %q", r.StatusCode, got, want)
		}
	}

	wantServerName("first")
	ca.issue(t, "renewed", files.CertFile, files.KeyFile)
	wantServerName("renewed")
	if err := os.WriteFile(files.CertFile, []byte("half a certif"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantServerName("renewed")
	if !strings.Contains(log.String(), "unusable") {
		t.Errorf("the log says nothing of unusable files: %s", log.String())
	}
	if _, err := fetch(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.pool(), MaxVersion: tls.VersionTLS11}}, url); err == nil {
		t.Error("TLS 1.1 is accepted")
	}
}

func TestServerClientCertificates(t *testing.T) {
	t.Parallel()
	files, ca := tlsFiles(t), newAuthority(t)
	ca.issue(t, "server", files.CertFile, files.KeyFile)
	files.ClientCAFile = filepath.Join(t.TempDir(), "clients.pem")
	writePEM(t, files.ClientCAFile, "CERTIFICATE", ca.certificate.Raw)
	s := started(t, "127.0.0.1:0", metrichttp.Routes(collecting(), nil), &metrichttp.ServerOptions{TLS: files, Logger: silent})

	dir := t.TempDir()
	scratch := filepath.Join(dir, "scratch")
	known := ca.issue(t, "client", scratch, scratch)
	stranger := newAuthority(t).issue(t, "stranger", scratch, scratch)
	tests := []struct {
		name         string
		certificates []tls.Certificate
		accepted     bool
	}{
		{"known", []tls.Certificate{known}, true},
		{"stranger", []tls.Certificate{stranger}, false},
		{"none", nil, false},
	}
	for _, test := range tests {
		config := &tls.Config{RootCAs: ca.pool(), Certificates: test.certificates}
		_, err := fetch(t, &http.Transport{TLSClientConfig: config}, "https://"+s.Addr().String()+"/-/healthy")
		if (err == nil) != test.accepted {
			t.Errorf("%s: error %v, want accepted %v", test.name, err, test.accepted)
		}
	}
}

func TestServerTLSFilesUnusable(t *testing.T) {
	t.Parallel()
	good := tlsFiles(t)
	newAuthority(t).issue(t, "server", good.CertFile, good.KeyFile)
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		files metrichttp.TLSOptions
		named string
	}{
		{"no files", metrichttp.TLSOptions{}, "certificate"},
		{"missing certificate", metrichttp.TLSOptions{CertFile: "missing.pem", KeyFile: good.KeyFile}, "missing.pem"},
		{"empty key", metrichttp.TLSOptions{CertFile: good.CertFile, KeyFile: empty}, "empty.pem"},
		{"missing authorities", metrichttp.TLSOptions{CertFile: good.CertFile, KeyFile: good.KeyFile, ClientCAFile: "missing.pem"}, "missing.pem"},
		{"no authorities", metrichttp.TLSOptions{CertFile: good.CertFile, KeyFile: good.KeyFile, ClientCAFile: empty}, "empty.pem"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := metrichttp.NewServer("127.0.0.1:0", http.NotFoundHandler(), &metrichttp.ServerOptions{TLS: &test.files}).Start()
			if err == nil || !strings.HasPrefix(err.Error(), "metrichttp: ") || !strings.Contains(err.Error(), test.named) {
				t.Errorf("Start: %v, want an error that names %q", err, test.named)
			}
		})
	}
}
