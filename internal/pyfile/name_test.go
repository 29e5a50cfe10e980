package pyfile_test

import (
	"testing"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]pyfile.Name{
		"counter_4711.db":             {Type: metric.TypeCounter, ID: "4711"},
		"histogram_P-2.db":            {Type: metric.TypeHistogram, ID: "P-2"},
		"summary_web.1.db":            {Type: metric.TypeSummary, ID: "web.1"},
		"gauge_all_1.db":              {Type: metric.TypeGauge, ID: "1"},
		"gauge_livemostrecent_1.db":   {Type: metric.TypeGauge, Mode: metric.GaugeLiveMostRecent, ID: "1"},
		"gauge_livesum_worker_2.db":   {Type: metric.TypeGauge, Mode: metric.GaugeLiveSum, ID: "worker_2"},
		"counter_worker_2.db":         {Type: metric.TypeCounter, ID: "worker_2"},
		"counter_a.dba.db":            {Type: metric.TypeCounter, ID: "a.dba"},
		"gauge_min_w-x_y.1.db":        {Type: metric.TypeGauge, Mode: metric.GaugeMin, ID: "w-x_y.1"},
		"histogram_process_db.dbx.db": {Type: metric.TypeHistogram, ID: "process_db.dbx"},
	} {
		got, ok := pyfile.ParseName(file)
		if !ok || got != want {
			t.Errorf("ParseName(%q) = %+v, %t; want %+v", file, got, ok, want)
		}
		if got := want.String(); got != file {
			t.Errorf("%+v has the name %q, want %q", want, got, file)
		}
	}
	sealed, ok := pyfile.ParseName("gauge_max_7.db_a1b2.db")
	if want := (pyfile.Name{Type: metric.TypeGauge, Mode: metric.GaugeMax, ID: "7"}); !ok || sealed != want {
		t.Errorf("a second extension: %+v, %t", sealed, ok)
	}
	for _, file := range []string{
		"", ".db", "counter.db", "counter_.db", "counter_1", "counter_1.db.tmp", ".counter_1.db", "gauge_1.db",
		"gauge_all_.db", "gauge_avg_1.db", "info_1.db", "untyped_1.db", "unknown_1.db", "Counter_1.db", "_1.db",
		"counter_.db_x.db",
	} {
		if got, ok := pyfile.ParseName(file); ok {
			t.Errorf("ParseName(%q) = %+v", file, got)
		}
	}
}
