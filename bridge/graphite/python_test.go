package graphite_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// pythonBlanks are the characters at which Python's str.split and str.splitlines end a
// word or a line: what is white space to Unicode, and four control characters.
const pythonBlanks = "\t\n\v\f\r\x1c\x1d\x1e\x1f \u0085\u00a0\u1680" +
	"\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// pythonSplit splits a line as carbon does.
func pythonSplit(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(pythonBlanks, r) })
}

// tagsOf reads a path by carbon's rules.
func tagsOf(path string) (name string, tags map[string]string, err error) {
	if strings.HasSuffix(path, `"}`) && strings.Contains(path, "{") {
		return "", nil, errors.New("the path is in another notation")
	}
	segments := strings.Split(path, ";")
	if strings.TrimLeft(segments[0], "~") != segments[0] || segments[0] == "" {
		return "", nil, fmt.Errorf("the name %q is changed", segments[0])
	}
	tags = map[string]string{}
	for _, segment := range segments[1:] {
		tag, value, found := strings.Cut(segment, "=")
		switch {
		case !found || tag == "" || strings.ContainsAny(tag, "!^"):
			return "", nil, fmt.Errorf("the tag %q is not valid", segment)
		case value == "" || value[0] == '~':
			return "", nil, fmt.Errorf("the value of the tag %q is not valid", segment)
		case tag == "name":
			return "", nil, fmt.Errorf("the tag %q is overwritten by the name", segment)
		}
		if _, twice := tags[tag]; twice {
			return "", nil, fmt.Errorf("the tag %q is there twice", tag)
		}
		tags[tag] = value
	}
	return segments[0], tags, nil
}

// unpickle reads a pickle of a list of (path, (time, value)) as Python does, with a stack,
// and returns lines.
func unpickle(data []byte) (lines []string, err error) {
	const proto2 = "\x80\x02]("
	if !strings.HasPrefix(string(data), proto2) {
		return nil, fmt.Errorf("a pickle begins with %q", data[:min(len(data), len(proto2))])
	}
	data = data[len(proto2):]
	var stack []any
	for len(data) > 0 {
		op, rest := data[0], data[1:]
		size := map[byte]int{'X': 4, 'J': 4, 'G': 8}[op]
		if len(rest) < size {
			return nil, errors.New("the pickle is cut")
		}
		argument := rest[:size]
		data = rest[size:]
		switch op {
		case 'X':
			n := int(binary.LittleEndian.Uint32(argument))
			if n > len(data) {
				return nil, errors.New("a string is cut")
			}
			stack = append(stack, string(data[:n]))
			data = data[n:]
		case 'J':
			stack = append(stack, float64(int32(binary.LittleEndian.Uint32(argument))))
		case 'G':
			stack = append(stack, math.Float64frombits(binary.BigEndian.Uint64(argument)))
		case '\x86':
			n := len(stack)
			if n < 2 {
				return nil, errors.New("too little for a tuple")
			}
			stack = append(stack[:n-2], [2]any{stack[n-2], stack[n-1]})
		case 'e':
			if string(data) != "." {
				return nil, fmt.Errorf("the list is followed by %q", data)
			}
			return linesOf(stack)
		default:
			return nil, fmt.Errorf("the operation %q", op)
		}
	}
	return nil, errors.New("the pickle has no end")
}

// linesOf returns the tuples as lines.
func linesOf(tuples []any) (lines []string, err error) {
	for _, t := range tuples {
		tuple, _ := t.([2]any)
		point, _ := tuple[1].([2]any)
		path, ok1 := tuple[0].(string)
		at, ok2 := point[0].(float64)
		value, ok3 := point[1].(float64)
		if !ok1 || !ok2 || !ok3 {
			return nil, fmt.Errorf("the tuple %v", t)
		}
		lines = append(lines, fmt.Sprintf("%s %v %.0f", path, value, at))
	}
	return lines, nil
}
