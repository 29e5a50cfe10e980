package multiproc_test

import (
	"testing"

	"polymeter.dev/multiprocess"

	"polymeter.dev/interop/goworker"
	"polymeter.dev/interop/workload"
)

// TestLayoutFollowsDirectory has a Go worker that was not told the layout join
// a worker of the Python client, and take on the layout of its files.
func TestLayoutFollowsDirectory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		families := []workload.Family{
			{Kind: "counter", Name: "c", Registry: "r"},
			{Kind: "counter", Name: "d", Registry: "r"},
			{Kind: "summary", Name: "s", Registry: "r"},
		}
		updates := []workload.Update{
			{Family: 0, Do: "inc", Value: 1}, {Family: 1, Do: "inc", Value: 2}, {Family: 2, Do: "observe", Value: 3},
		}
		update(t, s.declared(t, "python", families, ""), updates...)
		w := goworker.Start(t, s.dir, multiprocess.LayoutAuto)
		if err := w.Declare(families, ""); err != nil {
			t.Fatal(err)
		}
		update(t, w, updates...)
		want := []series{{"c_total", nil, 2}, {"d_total", nil, 4}, {"s_count", nil, 2}, {"s_sum", nil, 6}}
		expect(t, "python", s.pythonMerge(t).Samples(nil), want...)
		expect(t, "go", s.goMerge(t).Samples(nil), want...)
	})
}
