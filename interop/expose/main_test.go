package expose_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain has properties checked often enough to meet rare combinations.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.checks", "500"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
