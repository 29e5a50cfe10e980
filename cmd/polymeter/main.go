// Polymeter is the command beside the library: it merges, serves, folds and explains
// the metrics that many processes count in shared files, and converts, checks and
// compares pages of metrics.
//
// Every command has help with an example: polymeter help COMMAND. The exit code
// is 0 for success, 1 for a failure, 2 for a command line that is wrong, and 3
// where all works but there is something to know; that of polymeter run is the
// one of the command that it runs. Results go to standard output, everything
// else to standard error.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
