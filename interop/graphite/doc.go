// Package graphite has what bridge/graphite sends stored by carbon, the daemon of
// Graphite, in whisper, its database.
package graphite
