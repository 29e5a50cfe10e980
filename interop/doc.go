// Package interop holds the tests of Polymeter against other people's programs:
// what they write must be readable here, and what is written here must be
// readable there. It is a module of its own so that none of its dependencies
// reach the users of the library.
//
//   - multiproc: workers of the Python client and of Polymeter in one directory
//   - expose: Prometheus' parsers and the Python client's, on our pages
//   - scrape: Prometheus' scraper and storage, in front of our handler
//   - joined: pages of the Python client and client_golang, joined with ours
//   - graphite: carbon, behind the bridge to it
//   - pushgateway: the gateways of two releases, behind the bridge to them
//   - textfile: node exporters of two releases, in front of our files
//   - model: escaping and native histograms, beside Prometheus' own code
//
// The other packages are what these share. Where the two sides differ on
// purpose, docs/conformance.md says so.
//
// The peers are installed by .ci/install-peers and found by package peers. A
// test whose peer is not installed is skipped; the project's CI installs all of
// them and allows no skip.
package interop
