// Package sending is what the bridges have in common: pauses before something is sent
// again, what a server says about them, and what is said in requests and in the log.
package sending
