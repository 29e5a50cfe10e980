package remotewrite_test

import (
	"testing"
	"testing/synctest"

	"polymeter.dev/bridge/remotewrite"
	"polymeter.dev/metric"
)

func TestLabels(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := metric.NewGaugeFamily("depth", "", "Zone", "instance", "x")
		f.Add(1, "a", "own", "") // a label without a value is none
		f.Add(2, "a", "", `"\`)  // and lets an added one in
		r := newReceiver()
		push(t, newWriter(t, r, collecting(f), remotewrite.Options{
			Labels: map[string]string{"job": "j", "instance": "added", "none": ""},
		}))
		wantLines(t, r.lines(), `
			{Zone=a,__name__=depth,instance=own,job=j} 1 @0 gauge
			{Zone=a,__name__=depth,instance=added,job=j,x="\} 2 @0 gauge
		`)
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	underscores, dots, values := metric.Underscores, metric.Dots, metric.Values
	tests := []struct {
		name string
		o    remotewrite.Options
		want string
	}{
		{"as they are", remotewrite.Options{}, `
			{__name__=http.requests_total,http.code=200,k8s.pod=p} 1 @0 # {trace.id=x} 1 @0 counter
			{__name__=http.time_count,k8s.pod=p} 1 @0 summary
			{__name__=http.time_sum,k8s.pod=p} 2 @0 summary`},
		{"escaped", remotewrite.Options{Escaping: &underscores}, `
			{__name__=http_requests_total,http_code=200,k8s_pod=p} 1 @0 # {trace_id=x} 1 @0 counter
			{__name__=http_time_count,k8s_pod=p} 1 @0 summary
			{__name__=http_time_sum,k8s_pod=p} 2 @0 summary`},
		{"dots", remotewrite.Options{Escaping: &dots}, `
			{__name__=http_dot_requests__total,http_dot_code=200,k8s_dot_pod=p} 1 @0 # {trace_dot_id=x} 1 @0 counter
			{__name__=http_dot_time_count,k8s_dot_pod=p} 1 @0 summary
			{__name__=http_dot_time_sum,k8s_dot_pod=p} 2 @0 summary`},
		{"values", remotewrite.Options{Escaping: &values}, `
			{U__http_2e_code=200,U__k8s_2e_pod=p,__name__=U__http_2e_requests__total} 1 @0 # {U__trace_2e_id=x} 1 @0 counter
			{U__k8s_2e_pod=p,__name__=U__http_2e_time_count} 1 @0 summary
			{U__k8s_2e_pod=p,__name__=U__http_2e_time_sum} 2 @0 summary`},
		{"version 1.0 has no others", remotewrite.Options{Protocol: remotewrite.Version1}, `
			{__name__=http_requests_total,http_code=200,k8s_pod=p} 1 @0 # {trace_id=x} 1 @0
			{__name__=http_time_count,k8s_pod=p} 1 @0
			{__name__=http_time_sum,k8s_pod=p} 2 @0
			# http_requests_total counter "" ""
			# http_time summary "" ""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				requests := metric.NewCounterFamily("http.requests", "", "http.code")
				requests.AddRow(metric.CounterRow{
					LabelValues: []string{"200"}, Value: 1,
					Exemplar: &metric.Exemplar{Labels: metric.MustLabels("trace.id", "x"), Value: 1},
				})
				times := metric.NewSummaryFamily("http.time", "")
				times.Add(1, 2)
				test.o.Labels = map[string]string{"k8s.pod": "p"}
				r := newReceiver()
				push(t, newWriter(t, r, collecting(requests, times), test.o))
				wantLines(t, r.lines(), test.want)
			})
		})
	}
}

// TestNamesThatCollide has series that no receiver could tell apart: what cannot be
// sent is left out and counted, and spoils nothing.
func TestNamesThatCollide(t *testing.T) {
	t.Parallel()
	underscores := metric.Underscores
	tests := []struct {
		name string
		o    remotewrite.Options
		f    func() metric.Family
		want string
		lost string
	}{
		{
			name: "labels of one series", o: remotewrite.Options{Escaping: &underscores}, lost: "unnameable",
			f: func() metric.Family {
				f := metric.NewGaugeFamily("g", "", "a.b", "a_b")
				f.Add(1, "x", "y")
				f.Add(2, "x", "")
				return f
			},
			want: `{__name__=g,a_b=x} 2 @0 gauge`,
		},
		{
			name: "labels of one series in version 1.0", o: remotewrite.Options{Protocol: remotewrite.Version1}, lost: "unnameable",
			f: func() metric.Family {
				f := metric.NewGaugeFamily("g", "", "a.b", "a_b")
				f.Add(1, "x", "y")
				f.Add(2, "x", "")
				return f
			},
			want: `{__name__=g,a_b=x} 2 @0
				# g gauge "" ""`,
		},
		{
			name: "series that differ in a label without a value", lost: "duplicate",
			f: func() metric.Family {
				f := metric.NewRawFamily("g", "", metric.TypeGauge)
				f.AddSample("g", nil, 1)
				f.AddSample("g", map[string]string{"a": ""}, 2)
				return f
			},
			want: `{__name__=g} 1 @0 gauge`,
		},
		{
			name: "series that differ in an added label", o: remotewrite.Options{Labels: map[string]string{"a": "x"}}, lost: "duplicate",
			f: func() metric.Family {
				f := metric.NewRawFamily("g", "", metric.TypeGauge)
				f.AddSample("g", map[string]string{"a": "x"}, 1)
				f.AddSample("g", nil, 2)
				return f
			},
			want: `{__name__=g,a=x} 1 @0 gauge`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReceiver()
				w := newWriter(t, r, collecting(test.f()), test.o)
				push(t, w)
				wantLines(t, r.lines(), test.want)
				wantSelf(t, w, map[string]float64{`lost_total{reason="` + test.lost + `"}`: 1})
			})
		})
	}
}

// TestExemplarsThatCannotBeNamed are left out, and their samples sent.
func TestExemplarsThatCannotBeNamed(t *testing.T) {
	t.Parallel()
	underscores := metric.Underscores
	for name, o := range map[string]remotewrite.Options{
		"escaped": {Escaping: &underscores}, "version 1.0": {Protocol: remotewrite.Version1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := metric.NewCounterFamily("c", "")
				f.AddRow(metric.CounterRow{Value: 1, Exemplar: &metric.Exemplar{Labels: metric.MustLabels("a.b", "x", "a_b", "y"), Value: 1}})
				r := newReceiver()
				w := newWriter(t, r, collecting(f), o)
				push(t, w)
				if lines := r.lines(); len(lines) == 0 || (lines[0] != "{__name__=c_total} 1 @0 counter" && lines[0] != "{__name__=c_total} 1 @0") {
					t.Errorf("received %q", lines)
				}
				wantSelf(t, w, map[string]float64{`exemplars_lost_total{}`: 1, `written_total{kind="exemplar"}`: 0, `written_total{kind="sample"}`: 1})
			})
		})
	}
}
