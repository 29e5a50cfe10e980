package exposition_test

import (
	"fmt"
	"strings"
	"testing"

	"polymeter.dev/exposition"
)

func TestAcceptEncoding(t *testing.T) {
	t.Parallel()
	both := []string{"zstd", "gzip"}
	tests := []struct {
		name, header string
		offered      []string
		want         string
	}{
		{"absent", "", both, "identity"},
		{"nothing offered", "gzip", nil, "identity"},
		{"prometheus", "gzip", both, "gzip"},
		{"prometheus without compression", "identity", both, "identity"},
		{"server's order among equals", "gzip, deflate, br, zstd", both, "zstd"},
		{"client's weight", "gzip;q=1.0, zstd;q=0.5", both, "gzip"},
		{"compression before identity at equal weight", "identity, gzip", both, "gzip"},
		{"identity preferred", "identity;q=1, gzip;q=0.5", both, "identity"},
		{"gzip refused", "gzip;q=0", both, "identity"},
		{"gzip refused, wildcard", "gzip;q=0, *", both, "zstd"},
		{"gzip refused, decimals", "gzip;q=0.000, zstd;q=0.001", both, "zstd"},
		{"identity refused", "identity;q=0, gzip;q=0.1", both, "gzip"},
		{"identity refused, wildcard", "identity;q=0, *;q=0.1", both, "zstd"},
		{"wildcard", "*", both, "zstd"},
		{"wildcard refused", "*;q=0", both, "identity"},
		{"wildcard refused, gzip named", "*;q=0, gzip;q=0.5", both, "gzip"},
		{"wildcard below gzip", "gzip, *;q=0.5", both, "gzip"},
		{"unknown codings", "br, deflate, sdch", both, "identity"},
		{"old name", "x-gzip", both, "gzip"},
		{"upper case and blanks", " GZIP ; Q = 0.5 ", both, "gzip"},
		{"malformed weight", "gzip;q=much", both, "identity"},
		{"negative weight", "gzip;q=-1", both, "identity"},
		{"only separators", ",;,=;", both, "identity"},
		{"not offered", "zstd", []string{"gzip"}, "identity"},
		{"too long", "gzip" + strings.Repeat(",", 1<<14), both, "identity"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := exposition.AcceptEncoding(test.header, test.offered); got != test.want {
				t.Errorf("AcceptEncoding(%.100q, %v) = %q, want %q", test.header, test.offered, got, test.want)
			}
		})
	}
}

func FuzzAcceptEncoding(f *testing.F) {
	for _, header := range []string{
		"", "gzip", "gzip;q=0, *", "identity;q=0", "*;q=0.5", ` X-GZIP ; q="1"`, "a;b=\"c,d",
		"zstd;q=0.5, gzip;q=0.5, identity;q=0.4", "gzip;q=0;q=1", "gzip, gzip;q=0", "*;q=0", "zstd;q=1.5, identity", ",;=,",
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		offered := []string{"zstd", "gzip"}
		got := exposition.AcceptEncoding(header, offered)
		switch got {
		case "zstd", "gzip":
			lower := strings.ToLower(header)
			if !strings.Contains(lower, got) && !strings.Contains(lower, "*") {
				t.Errorf("AcceptEncoding(%q) = %q, which was not asked for", header, got)
			}
			if again := exposition.AcceptEncoding(header, []string{got}); again != got {
				t.Errorf("AcceptEncoding(%q) = %q, but with nothing else on offer %q", header, got, again)
			}
		case exposition.Identity:
			for _, coding := range offered {
				if alone := exposition.AcceptEncoding(header, []string{coding}); alone != got {
					t.Errorf("AcceptEncoding(%q) = %q, but with nothing else on offer %q", header, got, alone)
				}
			}
		default:
			t.Errorf("AcceptEncoding(%q) = %q, which was not offered", header, got)
		}
		if len(header) > 1<<10 {
			return // what follows may exceed the limit
		}
		same := []string{"\t " + header, "," + header, `br;q="0.9", ` + header}
		if !strings.ContainsAny(header, `"\`) { // or else a string may go on
			same = append(same, header+","+header, header+", br", strings.ReplaceAll(header, ",", " ,, "))
		}
		for _, other := range same {
			if again := exposition.AcceptEncoding(other, offered); again != got {
				t.Errorf("AcceptEncoding(%q) = %q, but %q gives %q", header, got, other, again)
			}
		}
	})
}

func ExampleAcceptEncoding() {
	fmt.Println(exposition.AcceptEncoding("gzip;q=0.5, zstd;q=0", []string{"zstd", "gzip"}))
	// Output: gzip
}
