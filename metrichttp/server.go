package metrichttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"polymeter.dev/metric"
)

// ServerOptions are the choices of a [Server]. The zero value is the default;
// so is a nil *ServerOptions.
type ServerOptions struct {
	// Handler is passed on by [Serve]; [NewServer] has no use for it.
	Handler *HandlerOptions
	// TLS turns HTTPS on.
	TLS *TLSOptions

	// ReadTimeout bounds how long a request may take to arrive. The default
	// is 10 seconds.
	ReadTimeout time.Duration
	// WriteTimeout bounds how long a response may take to be sent, from its
	// status line on; how long it takes to be made is the handler's affair.
	// The default is 30 seconds.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept open between requests.
	// The default is 2 minutes.
	IdleTimeout time.Duration
	// MaxHeaderBytes bounds the size of a request. The default is 64 KiB.
	MaxHeaderBytes int
	// ShutdownTimeout is how long [Server.Serve] lets requests in flight go
	// on once it has to end. The default is 5 seconds.
	ShutdownTimeout time.Duration

	// Logger gets errors of connections. The default is slog.Default() when
	// the server starts.
	Logger *slog.Logger
}

func (o *ServerOptions) withDefaults() ServerOptions {
	var c ServerOptions
	if o != nil {
		c = *o
	}
	c.ReadTimeout = orDefault(c.ReadTimeout, 10*time.Second)
	c.WriteTimeout = orDefault(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = orDefault(c.IdleTimeout, 2*time.Minute)
	c.MaxHeaderBytes = orDefault(c.MaxHeaderBytes, 64<<10)
	c.ShutdownTimeout = orDefault(c.ShutdownTimeout, 5*time.Second)
	return c
}

// maxHandling bounds how long a request may take as a whole. It is a net below
// the time-outs of handlers, far above the longest scrape.
const maxHandling = 15 * time.Minute

// ErrNotStarted is returned for a [Server] that is not running.
var ErrNotStarted = errors.New("metrichttp: the server is not running")

// ErrStarted is returned when a [Server] is started twice.
var ErrStarted = errors.New("metrichttp: the server was started before")

// Server is an HTTP or HTTPS server with time-outs fit for a port that
// strangers can reach. Its methods may be called concurrently.
type Server struct {
	addr    string
	handler http.Handler
	options ServerOptions

	mu       sync.Mutex
	http     *http.Server
	listener net.Listener
	done     chan struct{} // closed when no more connections are accepted
	err      error         // why, unless by Shutdown; read after done
}

// NewServer returns a server that will listen on addr, such as ":8000",
// "127.0.0.1:0" or "[::1]:8000", and answer with h, such as that of [Routes].
// Without a host it listens on all addresses, of IPv4 and IPv6; with port 0 the
// system chooses one, and [Server.Addr] tells which.
func NewServer(addr string, h http.Handler, o *ServerOptions) *Server {
	return &Server{addr: addr, handler: h, options: o.withDefaults(), done: make(chan struct{})}
}

// Serve serves what c collects on addr until ctx is done, with the routes of
// [Routes]; see [NewServer] for addr. It then lets requests in flight end and
// returns nil. An error says why it could not listen, or could not go on.
func Serve(ctx context.Context, addr string, c metric.Collector, o *ServerOptions) error {
	var handlerOptions *HandlerOptions
	if o != nil {
		handlerOptions = o.Handler
	}
	return NewServer(addr, Routes(c, handlerOptions), o).Serve(ctx)
}

// Serve starts the server unless it is running, and shuts it down when ctx is
// done. It returns nil then, or the error that ended the server before.
func (s *Server) Serve(ctx context.Context) error {
	if err := s.Start(); err != nil && !errors.Is(err, ErrStarted) {
		return err
	}
	select {
	case <-s.done:
		return s.err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.ShutdownTimeout)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// Start listens and serves in the background until [Server.Shutdown]. When it
// returns nil, connections are accepted.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return ErrStarted
	}
	logger := s.options.Logger
	if logger == nil {
		logger = slog.Default()
	}
	listener, err := s.listen(logger)
	if err != nil {
		return err
	}
	s.listener = listener
	s.http = s.newHTTPServer(logger)
	go s.accept(s.http, listener)
	return nil
}

func (s *Server) listen(logger *slog.Logger) (net.Listener, error) {
	var config *tls.Config
	if s.options.TLS != nil {
		var err error
		if config, err = s.options.TLS.config(logger); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return nil, fmt.Errorf("metrichttp: %w", err)
	}
	if config != nil {
		listener = tls.NewListener(listener, config)
	}
	return listener, nil
}

func (s *Server) newHTTPServer(logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           withWriteTimeout(s.handler, s.options.WriteTimeout),
		ReadHeaderTimeout: s.options.ReadTimeout,
		ReadTimeout:       s.options.ReadTimeout,
		WriteTimeout:      maxHandling,
		IdleTimeout:       s.options.IdleTimeout,
		MaxHeaderBytes:    s.options.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

func (s *Server) accept(server *http.Server, listener net.Listener) {
	defer close(s.done)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.err = fmt.Errorf("metrichttp: %w", err)
	}
}

// Addr returns the address that the server listens on, or nil before
// [Server.Start].
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// Shutdown accepts no more connections and waits for the requests in flight.
// When ctx is done before they are, it closes their connections and returns the
// context's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	server := s.http
	s.mu.Unlock()
	if server == nil {
		return ErrNotStarted
	}
	err := server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("metrichttp: %w", err)
		_ = server.Close() // the requests had their time
	}
	<-s.done
	return err
}
