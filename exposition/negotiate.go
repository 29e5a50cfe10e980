package exposition

import (
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// Offer says which formats a server is willing to send. A nil Offer and the
// zero value offer all of them.
type Offer struct {
	// Syntaxes are those on offer; empty means all. Text is always among
	// them, being the last resort.
	Syntaxes []Syntax
}

func (o *Offer) has(s Syntax) bool {
	return o == nil || len(o.Syntaxes) == 0 || s == Text || slices.Contains(o.Syntaxes, s)
}

// Negotiate returns the format in which to answer a request with the given
// Accept header; several header lines are to be joined by commas. It never
// fails: a header that is absent, malformed, longer than 8 KiB, or asks for
// nothing on offer gives [FormatText].
//
// The clause with the highest weight wins, and the first of several with the
// same. A more specific clause overrides a less specific one for what both
// match, and the weight 0 refuses (RFC 9110, section 12.5.1). Wildcards give
// Prometheus text 0.0.4, or OpenMetrics 1.0.0 where text does not match. The
// others must be asked for by name: protobuf with its proto and encoding
// parameters, OpenMetrics 2.0 with version=2.0.0, JSON as application/json or
// application/x-ndjson. OpenMetrics without a version is 1.0.0; a reader of the
// draft 0.0.1 is answered with that label, since Prometheus before 2.34 accepts
// no other. Versions not known here match nothing.
//
// Each clause speaks for its own escaping, and one that names none, or an
// unknown one, gets underscores. Protobuf is the exception: Prometheus leaves
// the parameter off its clause from 3.4 on and states it in the text clauses of
// the same header only, so a protobuf clause without it follows the most
// preferred clause that has it. Otherwise names would change when a user
// switches a scrape from text to protobuf.
func Negotiate(accept string, offer *Offer) Format {
	if len(accept) > maxHeaderLength {
		return FormatText()
	}
	var n negotiation
	elements(accept, n.add)
	return n.best(offer)
}

// kind is a format apart from its escaping. Among kinds that one clause
// matches equally, the first is preferred.
type kind uint8

const (
	kindText004 kind = iota
	kindText100
	kindOpenMetrics100
	kindOpenMetrics001
	kindOpenMetrics200
	kindProtobuf
	kindJSON
	kindCount
)

var kinds = [kindCount]Format{
	kindText004:        {Syntax: Text, Version: TextVersion004},
	kindText100:        {Syntax: Text, Version: TextVersion100},
	kindOpenMetrics100: {Syntax: OpenMetrics, Version: OpenMetricsVersion100},
	kindOpenMetrics001: {Syntax: OpenMetrics, Version: OpenMetricsVersion001},
	kindOpenMetrics200: {Syntax: OpenMetrics2, Version: OpenMetricsVersion200},
	kindProtobuf:       {Syntax: Protobuf},
	kindJSON:           {Syntax: JSON},
}

// clause is one element of an Accept header.
type clause struct {
	mediaType       string
	version         string
	proto, encoding string
	escaping        metric.Escaping
	hasEscaping     bool
	weight          float64
}

// preference is what the header says about one kind.
type preference struct {
	specificity int // 0: nothing
	weight      float64
	order       int
	escaping    metric.Escaping
	hasEscaping bool
}

// negotiation gathers the clauses of an Accept header.
type negotiation struct {
	clauses     int
	preferences [kindCount]preference
	// stated is the escaping of the most preferred clause that has one.
	stated       metric.Escaping
	statedWeight float64
}

func (n *negotiation) add(element string) {
	c, ok := parseClause(element)
	if !ok {
		return
	}
	n.clauses++
	if c.hasEscaping && c.weight > n.statedWeight {
		n.stated, n.statedWeight = c.escaping, c.weight
	}
	for k := range kindCount {
		p := &n.preferences[k]
		specificity := c.matches(k)
		if specificity == 0 || specificity < p.specificity {
			continue
		}
		if specificity == p.specificity && c.weight <= p.weight {
			continue
		}
		*p = preference{specificity, c.weight, n.clauses, c.escaping, c.hasEscaping}
	}
}

// best returns the most preferred format on offer.
func (n *negotiation) best(offer *Offer) Format {
	chosen := kindCount
	for k := range kindCount {
		p := &n.preferences[k]
		if p.weight == 0 || !offer.has(kinds[k].Syntax) {
			continue
		}
		if chosen == kindCount || p.beats(&n.preferences[chosen]) {
			chosen = k
		}
	}
	if chosen == kindCount {
		return FormatText()
	}
	f := kinds[chosen]
	f.Escaping = n.escaping(chosen)
	return f
}

func (n *negotiation) escaping(k kind) metric.Escaping {
	switch p := &n.preferences[k]; {
	case k == kindJSON:
		return metric.AllowUTF8
	case k == kindProtobuf && !p.hasEscaping:
		return n.stated
	default:
		return p.escaping
	}
}

func (p *preference) beats(q *preference) bool {
	if p.weight != q.weight {
		return p.weight > q.weight
	}
	return p.order < q.order
}

// parseClause reads an element such as "text/plain;version=0.0.4;q=0.3". Of a
// repeated parameter the first counts; a malformed weight makes the clause
// void.
func parseClause(element string) (clause, bool) {
	mediaType, rest, _ := splitQuoted(element, ';')
	c := clause{mediaType: strings.ToLower(trimSpace(mediaType)), weight: 1}
	valid, hasWeight := true, false
	parameters(rest, func(name, value string) {
		switch {
		case name == "version" && c.version == "":
			c.version = value
		case name == "proto" && c.proto == "":
			c.proto = value
		case name == "encoding" && c.encoding == "":
			c.encoding = value
		case name == "escaping" && !c.hasEscaping:
			escaping, err := metric.ParseEscaping(value)
			c.escaping, c.hasEscaping = escaping, err == nil
		case name == "q" && !hasWeight:
			c.weight, valid = parseWeight(value)
			hasWeight = true
		}
	})
	return c, valid
}

// How precisely a clause matches a kind, from "not at all" upward.
const (
	matchNone = iota
	matchAll
	matchRange
	matchType
	matchVersion
)

// matches returns how precisely the clause names the kind.
func (c *clause) matches(k kind) int {
	switch k {
	case kindProtobuf:
		return c.matchesProtobuf()
	case kindJSON:
		if c.mediaType == "application/json" || c.mediaType == "application/x-ndjson" {
			return matchType
		}
		return matchNone
	}
	f := &kinds[k]
	family, subtype := "application/*", "application/openmetrics-text"
	if f.Syntax == Text {
		family, subtype = "text/*", "text/plain"
	}
	switch {
	case c.mediaType == subtype && c.version == f.Version:
		return matchVersion
	case c.mediaType == subtype && c.version == "" && k != kindOpenMetrics200:
		return matchType
	case k != kindText004 && k != kindOpenMetrics100:
		return matchNone
	case c.mediaType == family:
		return matchRange
	case c.mediaType == "*/*" || c.mediaType == "*":
		return matchAll
	}
	return matchNone
}

// matchesProtobuf accepts only delimited messages of our type; a clause without
// these parameters could mean any message.
func (c *clause) matchesProtobuf() int {
	if c.mediaType != "application/vnd.google.protobuf" || c.proto != "io.prometheus.client.MetricFamily" || c.encoding != "delimited" {
		return matchNone
	}
	return matchVersion
}
