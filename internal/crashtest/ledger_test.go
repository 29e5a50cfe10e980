//go:build linux

package crashtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
)

// ledger is a file in which all processes put down what they do: a writer what
// it is about to count and, once the call has returned, that it has; a reader
// what it has seen. The system keeps what was written to it whatever happens to
// the process, and shows it to others at once. So anybody can tell between which
// bounds a value must be that is on a page.
//
// It is written and read by system calls, and so has nothing in common with the
// files that are under test. Every number in it only grows.
type ledger struct{ file *os.File }

// The ledger is a row of numbers: for each lane and column what was begun and
// what was done; then for each reader the measures that it saw last; then what
// folders did.
const (
	tallySize  = 2 // count, value
	entrySize  = 2 * tallySize
	ledgerWord = 8
)

// tally is how often somebody has updated an instrument, and what came of it: a
// sum, or the last value.
type tally struct{ count, value float64 }

// folding is what one folder has done.
type folding struct{ passes, native, python, sealed float64 }

const foldingSize = 4

func entryAt(lane, column int) int { return (lane*len(columns) + column) * entrySize }

func seenAt(reader int) int { return entryAt(len(lanes), 0) + reader*len(measures) }

func foldingAt(folder int) int { return seenAt(readers) + folder*foldingSize }

func createLedger(path string) (*ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &ledger{file}, file.Truncate(int64(foldingAt(folders) * ledgerWord))
}

func openLedger(path string) (*ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	return &ledger{file}, err
}

// write panics because nothing can be said about an update that cannot be put
// down: the disk would have to be full.
func (l *ledger) write(at int, numbers ...float64) {
	var scratch [256]byte
	data := scratch[:0]
	for _, n := range numbers {
		data = binary.NativeEndian.AppendUint64(data, math.Float64bits(n))
	}
	if _, err := l.file.WriteAt(data, int64(at*ledgerWord)); err != nil {
		panic(fmt.Sprintf("crashtest: write to the ledger: %v", err))
	}
}

func (l *ledger) begin(lane, column int, t tally) { l.write(entryAt(lane, column), t.count, t.value) }

func (l *ledger) done(lane, column int, t tally) {
	l.write(entryAt(lane, column)+tallySize, t.count, t.value)
}

func (l *ledger) see(reader int, seen []float64) { l.write(seenAt(reader), seen...) }

func (l *ledger) fold(folder int, f folding) {
	l.write(foldingAt(folder), f.passes, f.native, f.python, f.sealed)
}

// numbers are the contents of a ledger.
type numbers []float64

func (l *ledger) read() (numbers, error) {
	data := make([]byte, foldingAt(folders)*ledgerWord)
	if _, err := l.file.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("crashtest: read the ledger: %w", err)
	}
	n := make(numbers, len(data)/ledgerWord)
	for i := range n {
		n[i] = math.Float64frombits(binary.NativeEndian.Uint64(data[i*ledgerWord:]))
	}
	return n, nil
}

// atLeast returns what all numbers have reached by now, and atMost what none has
// passed when it was called. Nothing says that a number cannot be read while
// half of it is written, so it is read twice.
func (l *ledger) atLeast() (numbers, error) { return l.readTwice(math.Min) }

func (l *ledger) atMost() (numbers, error) { return l.readTwice(math.Max) }

func (l *ledger) readTwice(choose func(a, b float64) float64) (numbers, error) {
	n, err := l.read()
	if err != nil {
		return nil, err
	}
	again, err := l.read()
	for i := range again {
		n[i] = choose(n[i], again[i])
	}
	return n, err
}

func (n numbers) begun(lane, column int) tally {
	at := entryAt(lane, column)
	return tally{n[at], n[at+1]}
}

func (n numbers) done(lane, column int) tally {
	at := entryAt(lane, column) + tallySize
	return tally{n[at], n[at+1]}
}

// seen returns the most that any reader has seen of a measure.
func (n numbers) seen(measure int) float64 {
	most := 0.0
	for reader := range readers {
		most = max(most, n[seenAt(reader)+measure])
	}
	return most
}

func (n numbers) folding(folder int) folding {
	at := foldingAt(folder)
	return folding{n[at], n[at+1], n[at+2], n[at+3]}
}

// updates returns how many updates have returned, and how many there are of which
// nobody knows.
func (n numbers) updates() (done, unknown float64) {
	for lane := range lanes {
		for column := range columns {
			count := n.done(lane, column).count
			done += count
			unknown += n.begun(lane, column).count - count
		}
	}
	return done, unknown
}
