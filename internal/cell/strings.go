package cell

import (
	"reflect"
	"unsafe"
)

// OnlyStrings reports whether a struct type consists of strings, one after the
// other as in an array, so that [Strings] may be used.
func OnlyStrings(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() != reflect.String || f.Offset != uintptr(i)*unsafe.Sizeof("") {
			return false
		}
	}
	return t.NumField() > 0
}

// Strings returns the n fields of a struct that has [OnlyStrings] as a slice,
// without a copy.
func Strings[K any](key *K, n int) []string {
	return unsafe.Slice((*string)(unsafe.Pointer(key)), n)
}
