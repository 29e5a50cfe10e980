package pyfile_test

import (
	"strings"
	"testing"

	"polymeter.dev/internal/pyfile"
	"polymeter.dev/metric"
)

func FuzzFileName(f *testing.F) {
	for _, name := range []string{
		"counter_7.db", "gauge_livesum_7.db", "gauge_all_worker_2.db", "histogram_.db", "summary_1.db_x.db",
		"gauge_7.db", "info_7.db", ".counter_7.db", "untyped_1.db", "counter_a/b.db", "db.db",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, file string) {
		name, ok := pyfile.ParseName(file)
		if !ok {
			return
		}
		if name.ID == "" || !strings.HasPrefix(file, name.Prefix()+name.ID+".db") {
			t.Errorf("%q was read as %+v", file, name)
		}
		if name.Type != metric.TypeGauge && name.Mode != 0 || !name.Mode.Valid() {
			t.Errorf("%q has the mode %d", file, name.Mode)
		}
		if again, ok := pyfile.ParseName(name.String()); !ok || again != name {
			t.Errorf("%q gives %+v, whose name %q gives %+v", file, name, name.String(), again)
		}
	})
}
