package graphite

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"unicode/utf8"

	"polymeter.dev/metric"
)

// check reports what is wrong with the options.
func (o *Options) check() error {
	if o.Protocol > UDP {
		return fmt.Errorf("graphite: protocol %d does not exist", o.Protocol)
	}
	if err := checkPrefix(o.Prefix); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Labels)) {
		if err := metric.UTF8Validation.CheckLabelName(name); err != nil {
			return fmt.Errorf("graphite: %w", err)
		}
		if value := o.Labels[name]; !utf8.ValidString(value) {
			return fmt.Errorf("graphite: the value %q of label %q is not valid UTF-8", value, name)
		}
	}
	return nil
}

// checkPrefix reports a prefix that would not stand in paths as it is.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	for level := range strings.SplitSeq(prefix, ".") {
		if level == "" {
			return fmt.Errorf("graphite: the prefix %q has a level without a name", prefix)
		}
		if i := strings.IndexFunc(level, func(r rune) bool { return !isPlain(r) }); i >= 0 {
			return fmt.Errorf("graphite: the prefix %q has a character that paths cannot have: %q", prefix, level[i:])
		}
	}
	return nil
}

// checkAddress reports what no connection can be made to.
func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return fmt.Errorf("graphite: the receiver: %w", err)
	case host == "" || port == "":
		return errors.New("graphite: the address of the receiver needs a host and a port, such as graphite:2003")
	}
	return nil
}
