package exposition_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// A page is read family by family, so that only one is in memory.
func ExampleFamilies() {
	page := strings.NewReader("# TYPE jobs_total counter\njobs_total{queue=\"a\"} 3\n# TYPE depth gauge\ndepth 1.5\n")
	for family, err := range exposition.Families(exposition.NewTextDecoder(page, nil)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = family.Each(func(s *metric.Sample) error {
			fmt.Println(family.Desc().Type, s.Name, s.Labels, s.Value)
			return nil
		})
	}
	// Output:
	// counter jobs_total {queue="a"} 3
	// gauge depth {} 1.5
}

func ExampleParseOpenMetrics() {
	families, err := exposition.ParseOpenMetrics("# TYPE jobs counter\njobs_total 3\n# EOF")
	fmt.Println(len(families), families[0].Desc().Name, err)

	_, err = exposition.ParseOpenMetrics("# TYPE jobs counter\njobs_total -3\n# EOF")
	fmt.Println(err)
	// Output:
	// 1 jobs <nil>
	// exposition: line 2, column 1: a counter cannot have the value -3
}

func TestParse(t *testing.T) {
	for name, parse := range map[string]func(string) ([]metric.Family, error){
		"text": exposition.ParseText, "openmetrics": exposition.ParseOpenMetrics, "openmetrics2": exposition.ParseOpenMetrics2,
	} {
		end := "# EOF\n"
		if name == "text" {
			end = ""
		}
		families, err := parse("# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n" + end)
		if err != nil || len(families) != 2 {
			t.Errorf("%s: %d families, %v", name, len(families), err)
		}
		families, err = parse("# TYPE a gauge\na 1\n# TYPE b gauge\nb x\n" + end)
		var wrong *exposition.DecodeError
		if !errors.As(err, &wrong) || wrong.Line != 4 || len(families) != 1 {
			t.Errorf("%s: %d families, %v", name, len(families), err)
		}
	}
}

func TestFamiliesStops(t *testing.T) {
	d := exposition.NewTextDecoder(strings.NewReader("a 1\nb 1\n"), nil)
	for range exposition.Families(d) {
		break
	}
	if f, err := d.Next(); err != nil || f.Desc().Name != "b" {
		t.Errorf("after the first family comes %v, %v", f, err)
	}
}
