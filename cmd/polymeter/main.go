// Polymeter is the command beside the library: it merges, serves, converts and
// explains the metrics that many processes count in shared files.
//
// Every command has help with an example: polymeter help COMMAND. The exit code
// is 0 for success, 1 for a failure, and 2 for a command line that is wrong.
// Results go to standard output, everything else to standard error.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
