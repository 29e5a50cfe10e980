//go:build mutate

package exposition_test

import (
	stdjson "encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The tests that have the corpus of text, and that of protobuf.
const (
	textCorpus  = "^TestConformance(Text|OpenMetrics|OpenMetrics2)$"
	protoCorpus = "^TestProtobufDecoder"
)

// TestMutate takes one rule after the other out of the decoders, and checks that the
// conformance corpus notices each. Nothing in the source tree changes: the compiler is
// told to read another file in the place of one.
func TestMutate(t *testing.T) {
	for _, corpus := range []string{textCorpus, protoCorpus} {
		if out, err := testWith(t, corpus, nil); err != nil {
			t.Fatalf("without any change: %v\n%s", err, out)
		}
	}
	for _, m := range slices.Concat(mutations, mutationsOpenMetrics2, mutationsProtobuf) {
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
			corpus := textCorpus
			if strings.HasPrefix(m.file, "decode_proto") {
				corpus = protoCorpus
			}
			out, err := testWith(t, corpus, map[string]string{original: changed})
			switch failed := strings.Count(out, "--- FAIL: "); {
			case err == nil:
				t.Errorf("no case fails without this rule")
			case failed == 0 && !strings.Contains(out, "panic: "):
				t.Errorf("%v\n%s", err, out)
			default:
				t.Logf("%d tests fail", failed)
			}
		})
	}
}

// testWith runs tests with other files in the place of some.
func testWith(t *testing.T, tests string, replaced map[string]string) (output string, err error) {
	t.Helper()
	overlay, err := stdjson.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-vet=off", "-timeout=60s", "-overlay", file, "-run", tests, ".", "-rapid.nofailfile")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
