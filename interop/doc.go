// Package interop holds the tests of Polymeter against other people's programs:
// what they write must be readable here, and what is written here must be
// readable there. It is a module of its own so that none of its dependencies
// reach the users of the library.
//
// The peers are installed by .ci/install-peers and found by package peers. A
// test whose peer is not installed is skipped; the project's CI installs all of
// them and allows no skip.
package interop
