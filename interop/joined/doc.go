// Package joined holds the tests in which pages of other client libraries, as their own
// servers send them, become one page.
package joined
