// Package differ holds the tests that read any page with the decoders and with
// Prometheus' parsers side by side. Both must find the same on it, or the
// difference must be one that docs/conformance.md names.
package differ
