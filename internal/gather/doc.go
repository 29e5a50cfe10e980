// Package gather runs collectors that are not ours so that none of them can
// spoil a scrape: each in a goroutine of its own, under the scrape's deadline,
// with panics caught and every family copied, checked and then handed on whole
// or not at all. Whatever was complete when a collector failed, or when time
// ran out, is served.
package gather
