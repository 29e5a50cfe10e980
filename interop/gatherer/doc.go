// Package gatherer holds the tests in which programs that declare their metrics
// with client_golang show them as those of many processes.
package gatherer
