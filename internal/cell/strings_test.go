package cell_test

import (
	"reflect"
	"slices"
	"testing"

	"polymeter.dev/internal/cell"
)

func TestStrings(t *testing.T) {
	t.Parallel()
	type name string
	type key struct {
		A string
		B name
		C string
	}
	if !cell.OnlyStrings(reflect.TypeFor[key]()) {
		t.Fatal("the key consists of strings")
	}
	k := key{"a", "", "ccc"}
	if got := cell.Strings(&k, 3); !slices.Equal(got, []string{"a", "", "ccc"}) {
		t.Errorf("got %q", got)
	}
	for _, other := range []reflect.Type{
		reflect.TypeFor[struct{}](),
		reflect.TypeFor[struct {
			A string
			B int
		}](),
		reflect.TypeFor[struct {
			A struct{}
			B string
		}](),
		reflect.TypeFor[struct{ A [2]string }](),
	} {
		if cell.OnlyStrings(other) {
			t.Errorf("%v does not consist of strings", other)
		}
	}
}
