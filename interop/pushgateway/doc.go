// Package pushgateway has what bridge/pushgateway pushes taken by the Pushgateways of
// Debian 12 and 13, and reads it back from their pages.
package pushgateway
