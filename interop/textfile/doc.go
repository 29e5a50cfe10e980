// Package textfile has the files that bridge/textfile writes read by the node exporters of
// Debian 12 and 13.
package textfile
