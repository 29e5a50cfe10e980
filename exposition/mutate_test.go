//go:build mutate

package exposition_test

import (
	stdjson "encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMutate takes one rule after the other out of the decoders of the text formats,
// and checks that the conformance corpus notices each. Nothing in the source tree
// changes: the compiler is told to read another file in the place of one.
func TestMutate(t *testing.T) {
	if out, err := conformanceWith(t, nil); err != nil {
		t.Fatalf("without any change: %v\n%s", err, out)
	}
	for _, m := range mutations {
		t.Run(m.file+"/"+m.rule, func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(m.file)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(source), m.old); n != 1 {
				t.Fatalf("%d times in %s: %s", n, m.file, m.old)
			}
			changed := filepath.Join(t.TempDir(), m.file)
			if err := os.WriteFile(changed, []byte(strings.Replace(string(source), m.old, m.changed, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
			original, err := filepath.Abs(m.file)
			if err != nil {
				t.Fatal(err)
			}
			out, err := conformanceWith(t, map[string]string{original: changed})
			switch failed := strings.Count(out, "    --- FAIL: "); {
			case err == nil:
				t.Errorf("no case fails without this rule")
			case failed == 0 && !strings.Contains(out, "panic: "):
				t.Errorf("%v\n%s", err, out)
			default:
				t.Logf("%d cases fail", failed)
			}
		})
	}
}

// conformanceWith runs the corpus with other files in the place of some.
func conformanceWith(t *testing.T, replaced map[string]string) (output string, err error) {
	t.Helper()
	overlay, err := stdjson.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", "-timeout=60s", "-overlay", file, "-run", "^TestConformance(Text|OpenMetrics)$", ".")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
