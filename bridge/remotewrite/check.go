package remotewrite

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// reservedHeaders are what the protocol itself says about a request; users must not
// be able to say otherwise (Remote-Write 2.0, section "Protocol").
var reservedHeaders = []string{
	"Content-Encoding",
	"Content-Length",
	"Content-Type",
	"User-Agent",
	versionHeader,
}

// check reports what is wrong with the options.
func (o *Options) check() error {
	if o.Protocol > Version1 {
		return fmt.Errorf("remotewrite: protocol %d does not exist", o.Protocol)
	}
	if o.Escaping != nil && *o.Escaping > metric.Values {
		return fmt.Errorf("remotewrite: escaping scheme %d does not exist", *o.Escaping)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Header)) {
		if slices.Contains(reservedHeaders, textproto.CanonicalMIMEHeaderKey(name)) {
			return fmt.Errorf("remotewrite: header %q is set by the protocol", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		if err := metric.UTF8Validation.CheckLabelName(name); err != nil {
			return fmt.Errorf("remotewrite: %w", err)
		}
		if value := o.Labels[name]; !utf8.ValidString(value) {
			return fmt.Errorf("remotewrite: the value %q of label %q is not valid UTF-8", value, name)
		}
	}
	return nil
}

// checkURL reports an address that no request can be sent to. It shows none of it
// but what is wrong: there may be a password in it.
func checkURL(address string) error {
	u, err := url.Parse(address)
	var parse *url.Error
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("remotewrite: the URL of the receiver is not valid: %w", parse.Err)
	case err != nil:
		return fmt.Errorf("remotewrite: the URL of the receiver is not valid: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("remotewrite: the URL of the receiver has the scheme %q, not http or https", u.Scheme)
	case u.Host == "":
		return errors.New("remotewrite: the URL of the receiver has no host")
	}
	return nil
}

// newClient returns a client that follows no redirect which would turn a request to
// write into one to read: it could end in a success that wrote nothing.
func newClient(o *Options) (client *http.Client, own bool) {
	if own = o.Client == nil; own {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = o.Shards
		client = &http.Client{Transport: transport}
	} else {
		copied := *o.Client
		client = &copied
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		const most = 10
		if r.Method != http.MethodPost || len(via) >= most {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return client, own
}
