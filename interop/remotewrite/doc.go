// Package remotewrite has what bridge/remotewrite sends received by Prometheus: version
// 2.0 of the protocol by the receiving handler of its source code, version 1.0 by the
// program in Debian, which knows no other.
package remotewrite
