// Package model holds the tests that compare rules for data with Prometheus'
// own implementations: escaping of names, and native histograms.
package model
