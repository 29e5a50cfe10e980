package graphite

import (
	"encoding/binary"
	"math"
)

// The operations of a pickle that lists of samples need, those of its version 2
// (Python, Lib/pickletools.py).
const (
	pickleProto      = '\x80'
	pickleEmptyList  = ']'
	pickleMark       = '('
	pickleBinUnicode = 'X'
	pickleBinInt     = 'J'
	pickleBinFloat   = 'G'
	pickleTuple2     = '\x86'
	pickleAppends    = 'e'
	pickleStop       = '.'
)

const (
	pickleLength  = 4       // bytes before a pickle, which say how long it is
	pickleSamples = 500     // in one pickle, as carbon itself sends them
	maxPickle     = 1 << 20 // bytes, of which carbon takes no more
	pickleBytes   = 32      // that a sample takes up at most besides its path
)

// appendPickles appends all items as pickles of lists, [(path, (time, value)), ...].
func appendPickles(dst []byte, items []item) []byte {
	for len(items) > 0 {
		n := pickled(items)
		dst = appendPickle(dst, items[:n])
		items = items[n:]
	}
	return dst
}

// pickled returns how many of the items go into one pickle. One always does: no path is
// longer than a line.
func pickled(items []item) (n int) {
	size := pickleBytes
	for n < len(items) && n < pickleSamples {
		size += pickleBytes + len(items[n].path)
		if size > maxPickle {
			break
		}
		n++
	}
	return n
}

func appendPickle(dst []byte, items []item) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, pickleLength)...)
	dst = append(dst, pickleProto, 2, pickleEmptyList, pickleMark)
	for i := range items {
		dst = appendPickled(dst, &items[i])
	}
	dst = append(dst, pickleAppends, pickleStop)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-pickleLength))
	return dst
}

// appendPickled appends the operations that make the tuple of an item.
func appendPickled(dst []byte, it *item) []byte {
	dst = append(dst, pickleBinUnicode)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(it.path)))
	dst = append(dst, it.path...)
	if it.time <= math.MaxInt32 {
		dst = append(dst, pickleBinInt)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(it.time))
	} else {
		dst = appendPickledFloat(dst, float64(it.time))
	}
	dst = appendPickledFloat(dst, it.value)
	return append(dst, pickleTuple2, pickleTuple2)
}

func appendPickledFloat(dst []byte, v float64) []byte {
	dst = append(dst, pickleBinFloat)
	return binary.BigEndian.AppendUint64(dst, math.Float64bits(v))
}
