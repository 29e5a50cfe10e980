package metrichttp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLSOptions name the files of a server's certificate, in PEM form. They are
// read again when they have changed, so that a certificate can be renewed while
// the server runs; while the new files are unusable the old ones stay in force.
type TLSOptions struct {
	// CertFile is the certificate, followed by intermediate ones.
	CertFile string
	// KeyFile is the private key of the certificate.
	KeyFile string
	// ClientCAFile, when set, makes the server accept only clients with a
	// certificate that one of these authorities has signed.
	ClientCAFile string
}

// config returns a configuration that follows the files. It fails when they
// cannot be used now.
func (o *TLSOptions) config(logger *slog.Logger) (*tls.Config, error) {
	f := &tlsFiles{options: *o, logger: logger}
	f.versions = f.stat()
	loaded, err := f.load()
	if err != nil {
		return nil, err
	}
	f.loaded = loaded
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         loaded.NextProtos,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return f.current(), nil },
	}, nil
}

// tlsFiles keeps the configuration made from files, and makes it anew when they
// change.
type tlsFiles struct {
	options TLSOptions
	logger  *slog.Logger

	mu       sync.Mutex
	versions fileVersions
	loaded   *tls.Config
}

// fileVersions tells versions of the three files apart.
type fileVersions [3]fileVersion

type fileVersion struct {
	modified time.Time
	size     int64
}

func (f *tlsFiles) stat() fileVersions {
	var versions fileVersions
	for i, name := range [...]string{f.options.CertFile, f.options.KeyFile, f.options.ClientCAFile} {
		if info, err := os.Stat(name); err == nil {
			versions[i] = fileVersion{info.ModTime(), info.Size()}
		}
	}
	return versions
}

// current returns the configuration for a new connection.
func (f *tlsFiles) current() *tls.Config {
	f.mu.Lock()
	defer f.mu.Unlock()
	versions := f.stat()
	if versions == f.versions {
		return f.loaded
	}
	f.versions = versions
	loaded, err := f.load()
	if err != nil {
		f.logger.Warn("metrichttp: the changed TLS files are unusable, the old ones stay in force", "error", err)
		return f.loaded
	}
	f.loaded = loaded
	return loaded
}

func (f *tlsFiles) load() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(f.options.CertFile, f.options.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("metrichttp: TLS certificate %q with key %q: %w", f.options.CertFile, f.options.KeyFile, err)
	}
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{certificate},
		NextProtos:   []string{"http/1.1"},
	}
	if f.options.ClientCAFile == "" {
		return config, nil
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if config.ClientCAs, err = loadAuthorities(f.options.ClientCAFile); err != nil {
		return nil, fmt.Errorf("metrichttp: TLS client authorities %q: %w", f.options.ClientCAFile, err)
	}
	return config, nil
}

func loadAuthorities(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in it")
	}
	return pool, nil
}
