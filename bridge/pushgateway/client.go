package pushgateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// parseURL reads the address of a gateway. The error shows none of it but what is
// wrong: there may be a password in it.
func parseURL(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	var parse *url.Error
	switch {
	case errors.As(err, &parse):
		return nil, fmt.Errorf("pushgateway: the URL of the gateway is not valid: %w", parse.Err)
	case err != nil:
		return nil, fmt.Errorf("pushgateway: the URL of the gateway is not valid: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("pushgateway: the URL of the gateway has the scheme %q, not http or https", u.Scheme)
	case u.Host == "":
		return nil, errors.New("pushgateway: the URL of the gateway has no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("pushgateway: the URL of the gateway has a query or a fragment")
	}
	return u, nil
}

// userinfo is a name and a password.
type userinfo struct{ name, password string }

// takeUser takes the name and password out of the URL, so that they go along with a
// redirection to the same host, and to no other.
func takeUser(u *url.URL) *userinfo {
	if u.User == nil {
		return nil
	}
	password, _ := u.User.Password()
	user := &userinfo{u.User.Username(), password}
	u.User = nil
	return user
}

// newClient returns a client that follows a redirection only if it repeats the request
// as it is, on the same host and no less safely. Another could end in a success that
// pushed nothing, or hand on what is secret.
func newClient(o *Options) (client *http.Client, own bool) {
	if own = o.Client == nil; own {
		client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	} else {
		copied := *o.Client
		client = &copied
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		const most = 10
		first := via[0]
		safe := r.URL.Scheme == first.URL.Scheme || r.URL.Scheme == "https"
		if r.Method != first.Method || r.URL.Hostname() != first.URL.Hostname() || !safe || len(via) >= most {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return client, own
}
