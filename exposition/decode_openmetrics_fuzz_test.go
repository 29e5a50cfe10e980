package exposition_test

import "testing"

func FuzzOpenMetricsDecoder(f *testing.F) {
	conformantOpenMetrics.seed(f)
	f.Fuzz(conformantOpenMetrics.fuzz)
}
