// Package expose holds the tests that read what the encoders write with the
// parsers of Prometheus and of the Python client, and compare it with what was
// put in.
package expose
