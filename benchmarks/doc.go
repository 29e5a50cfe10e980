// Command benchmarks runs Polymeter beside other libraries, doing the same work
// in turn in one run, and prints the ratios:
//
//	go -C benchmarks run .
//
// Absolute times mean little on a machine that others use, too; ratios taken in
// turn hold. The same work is available to go test:
//
//	go -C benchmarks test -bench . -count 6 | tee new.txt
//
// The merge of Python files needs the Python client, as .ci/install-peers leaves
// it; without it that row is left out, and says so.
package main
