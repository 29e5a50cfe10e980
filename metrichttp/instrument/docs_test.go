package instrument_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"polymeter.dev/metric"
)

// TestDocs keeps the page for users and the code the same.
func TestDocs(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/http.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `http_.*$").FindAllString(string(page), -1) {
		documented[row] = true
	}
	r := registry()
	newServer(t, r, nil)
	newClient(t, r, nil)
	declared := r.Catalogue()
	for i := range declared {
		if row := documentation(&declared[i]); !documented[row] {
			t.Errorf("docs/http.md has no row\n%s", row)
		}
	}
	if len(documented) != len(declared) {
		t.Errorf("docs/http.md has %d metrics, the code %d", len(documented), len(declared))
	}
}

func documentation(d *metric.Desc) string {
	labels := " "
	if len(d.LabelNames) > 0 {
		labels = " `" + strings.Join(d.LabelNames, "`, `") + "` "
	}
	return fmt.Sprintf("| `%s` | %s |%s| %s |", d.SampleName(), d.Type, labels, d.Help)
}
