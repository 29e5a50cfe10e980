package exposition_test

import "testing"

func FuzzTextDecoder(f *testing.F) {
	conformantText.seed(f)
	f.Fuzz(conformantText.fuzz)
}
