package exposition

import (
	"slices"
	"strings"
)

// Identity is the content coding of an uncompressed body.
const Identity = "identity"

// AcceptEncoding returns the content coding in which to answer a request with
// the given Accept-Encoding header: one of offered, or [Identity]. Several
// header lines are to be joined by commas; offered are lower-case names in the
// server's order of preference, without Identity.
//
// The highest weight wins (RFC 9110, section 12.5.3), and of codings with the
// same weight the first in offered, before identity. "*" stands for every coding
// not named. A weight of 0 refuses. When everything is refused, or the header
// is absent, malformed or longer than 8 KiB, the answer is Identity.
func AcceptEncoding(header string, offered []string) string {
	if len(header) > maxHeaderLength || len(offered) == 0 {
		return Identity
	}
	weights := newCodingWeights(offered)
	elements(header, weights.add)
	return weights.best()
}

// unnamed is the weight of a coding of which the header says nothing.
const unnamed = -1

// codingWeights gathers what an Accept-Encoding header says.
type codingWeights struct {
	offered  []string
	weights  []float64 // of offered
	identity float64
	wildcard float64
}

func newCodingWeights(offered []string) *codingWeights {
	weights := slices.Repeat([]float64{unnamed}, len(offered))
	return &codingWeights{offered: offered, weights: weights, identity: unnamed, wildcard: unnamed}
}

func (w *codingWeights) add(element string) {
	name, rest, _ := splitQuoted(element, ';')
	weight, valid, seen := 1.0, true, false
	parameters(rest, func(name, value string) {
		if name == "q" && !seen {
			weight, valid = parseWeight(value)
			seen = true
		}
	})
	if !valid {
		return
	}
	switch name = codingName(name); name {
	case "*":
		w.wildcard = max(w.wildcard, weight)
	case Identity:
		w.identity = max(w.identity, weight)
	default:
		for i, offered := range w.offered {
			if offered == name {
				w.weights[i] = max(w.weights[i], weight)
			}
		}
	}
}

func (w *codingWeights) best() string {
	chosen, highest := Identity, 0.0
	for i, weight := range w.weights {
		if weight == unnamed {
			weight = w.wildcard
		}
		if weight > highest {
			chosen, highest = w.offered[i], weight
		}
	}
	if w.identity > highest {
		return Identity
	}
	return chosen
}

// codingName returns the registered name of a coding; x-gzip is an old name of
// gzip (RFC 9110, section 8.4.1.3).
func codingName(s string) string {
	if s = strings.ToLower(trimSpace(s)); s == "x-gzip" {
		return "gzip"
	}
	return s
}
