package pushgateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// errNoCollector is returned for a push by a pusher that can only delete.
var errNoCollector = errors.New("pushgateway: there is no collector")

// Pusher keeps one group of metrics of a gateway. Its methods may be called
// concurrently; what they do is done one after the other.
//
// Each takes at most Options.MaxAge. It repeats requests without an answer and those
// that are answered with a status of 5xx or 429, and no other: an answer of any other
// status than 2xx is a [*StatusError]. To repeat is safe, since a gateway sets values and
// adds none up: whether it had a request whose answer was lost makes no difference. It
// would make one if several pushers had the same group, which they should not: the
// last request wins.
type Pusher struct {
	options   Options
	group     *group
	url       string
	user      *userinfo
	client    *http.Client
	ownClient bool
	collector metric.Collector // nil when there is nothing but deleting to do
	foreign   *gather.Source   // nil when the collector is guarded

	stats stats
	turn  chan struct{} // has one while something is done
}

// New returns a pusher that keeps the group of the job and of Options.Grouping in the
// gateway at the URL, such as "http://pushgateway:9091", with what c collects. An address
// without a scheme means http. A name and password in the URL are used for basic
// authentication. A nil c is enough for [Pusher.Delete]. New sends nothing; a nil o
// means the defaults.
func New(url, job string, c metric.Collector, o *Options) (*Pusher, error) {
	p := &Pusher{options: o.withDefaults(), collector: c, turn: make(chan struct{}, 1)}
	if err := p.options.check(); err != nil {
		return nil, err
	}
	address, err := parseURL(url)
	if err != nil {
		return nil, err
	}
	if p.group, err = newGroup(job, p.options.Grouping, p.options.Escaping); err != nil {
		return nil, err
	}
	p.user = takeUser(address)
	p.url = strings.TrimRight(address.String(), "/") + p.group.path
	p.client, p.ownClient = newClient(&p.options)
	if c != nil && !gather.IsGuarded(c) {
		p.foreign = gather.NewSource(c)
	}
	return p, nil
}

// Push collects and replaces all metrics of the group (PUT). Collecting nothing thus
// empties the group.
//
// Families that cannot be collected or written are in the error, and the others are
// sent, unless there are none. Nothing is sent either when a family is not as a gateway
// takes it: when a sample has a timestamp, or a label that the group has with another
// value.
func (p *Pusher) Push(ctx context.Context) error { return p.push(ctx, http.MethodPut) }

// Add collects and replaces the families of the group that have the same names as
// those collected (POST). The error is as for [Pusher.Push].
func (p *Pusher) Add(ctx context.Context) error { return p.push(ctx, http.MethodPost) }

// Delete deletes the group with all its metrics (DELETE), also when there is none.
func (p *Pusher) Delete(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.options.MaxAge, errExpired)
	defer cancel()
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	return p.send(ctx, http.MethodDelete, nil)
}

// PushFinal is [Pusher.Push] for the end of a program: it works when ctx has ended, too, as
// after a signal, and takes at most Options.StopTimeout.
func (p *Pusher) PushFinal(ctx context.Context) error { return p.final(ctx, p.Push) }

// AddFinal is [Pusher.Add] for the end of a program, as [Pusher.PushFinal] is Push.
func (p *Pusher) AddFinal(ctx context.Context) error { return p.final(ctx, p.Add) }

// DeleteFinal is [Pusher.Delete] for the end of a program, as [Pusher.PushFinal] is Push.
func (p *Pusher) DeleteFinal(ctx context.Context) error { return p.final(ctx, p.Delete) }

func (p *Pusher) final(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), p.options.StopTimeout, errExpired)
	defer cancel()
	return do(ctx)
}

// push collects and sends.
func (p *Pusher) push(ctx context.Context, method string) error {
	if p.collector == nil {
		return errNoCollector
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.options.MaxAge, errExpired)
	defer cancel()
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	body, err, incomplete := p.makePage(ctx)
	if incomplete != nil {
		p.stats.incomplete.Add(1)
	}
	if err != nil {
		p.stats.ended(pushUnsent)
		return errors.Join(err, incomplete)
	}
	return errors.Join(p.send(ctx, method, body), incomplete)
}

// enter waits for the turn.
func (p *Pusher) enter(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		p.stats.ended(pushUnsent)
		return fmt.Errorf("pushgateway: nothing was sent: %w", context.Cause(ctx))
	}
}

func (p *Pusher) leave() {
	if p.ownClient {
		p.client.CloseIdleConnections() // the next push may be far away, or never come
	}
	<-p.turn
}
