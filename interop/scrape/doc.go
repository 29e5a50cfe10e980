// Package scrape holds the tests that put Prometheus' own scraper and storage
// in front of the handler.
package scrape
