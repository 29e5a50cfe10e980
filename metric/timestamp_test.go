package metric_test

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"polymeter.dev/metric"
)

func TestParseTimestamp(t *testing.T) {
	t.Parallel()
	ts := metric.NewTimestamp
	tests := []struct {
		text string
		want metric.Timestamp
	}{
		{"0", ts(0, 0)},
		{"1520879607.789", ts(1520879607, 789e6)},
		{"1520879607.789123456", ts(1520879607, 789123456)},
		{"1520879607.7891234569", ts(1520879607, 789123456)},
		{"+1.5", ts(1, 5e8)},
		{"1.", ts(1, 0)},
		{".5", ts(0, 5e8)},
		{"-0.5", ts(-1, 5e8)},
		{"-1.25", ts(-2, 75e7)},
		{"-0", ts(0, 0)},
		{"1.520879607789e9", ts(1520879607, 789e6)},
		{"1E3", ts(1000, 0)},
		{"9223372036854775807", ts(math.MaxInt64, 0)},
		{"-9223372036854775807", ts(-math.MaxInt64, 0)},
	}
	for _, tt := range tests {
		got, err := metric.ParseTimestamp(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("ParseTimestamp(%q) is %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
}

func TestParseTimestampErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", ".", "-", "+", "+-1", "1.2.3", "1_0", "0x1p4", "nan", "inf", "-Infinity", "1e400", "1e30",
		"9223372036854775808", " 1", "1 ", "1s", "١",
	} {
		if got, err := metric.ParseTimestamp(text); err == nil || !got.IsZero() {
			t.Errorf("ParseTimestamp(%q) is %s, %v, want an error", text, got, err)
		}
	}
	_, err := metric.ParseTimestamp("soon")
	checkError(t, err, `metric: timestamp "soon" is not decimal seconds`)
}

func FuzzParseTimestamp(f *testing.F) {
	for _, seed := range []string{"", "1520879607.789", "-0.5", "1e9", ".5", "9223372036854775807.9", "-9223372036854775807.9", "nan", "1_0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := metric.ParseTimestamp(text)
		if err != nil {
			return
		}
		short, err := got.AppendText(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, written := range []string{string(short), got.String()} {
			again, err := metric.ParseTimestamp(written)
			if err != nil || again != got {
				t.Errorf("%q is written as %q, which is read as %q, %v", text, written, again, err)
			}
		}
	})
}

func TestNewTimestampNormalizes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sec, nsec int64
		wantSec   int64
		wantNsec  int32
	}{
		{1, 0, 1, 0},
		{1, 2_500_000_000, 3, 500_000_000},
		{1, -1, 0, 999_999_999},
		{0, -1_500_000_000, -2, 500_000_000},
		{-1, 1, -1, 1},
	}
	for _, tt := range tests {
		got := metric.NewTimestamp(tt.sec, tt.nsec)
		if got.Seconds() != tt.wantSec || got.Nanoseconds() != tt.wantNsec || got.IsZero() {
			t.Errorf("NewTimestamp(%d, %d) is %d s, %d ns", tt.sec, tt.nsec, got.Seconds(), got.Nanoseconds())
		}
	}
}

func TestTimestampText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		time        metric.Timestamp
		short, long string
	}{
		{metric.Timestamp{}, "", ""},
		{metric.NewTimestamp(0, 0), "0", "0.000000000"},
		{metric.NewTimestamp(1520879607, 789e6), "1520879607.789", "1520879607.789000000"},
		{metric.NewTimestamp(1, 1), "1.000000001", "1.000000001"},
		{metric.NewTimestamp(-1, 5e8), "-0.5", "-0.500000000"},
		{metric.NewTimestamp(-2, 75e7), "-1.25", "-1.250000000"},
		{metric.NewTimestamp(-3, 0), "-3", "-3.000000000"},
	}
	for _, tt := range tests {
		if got := tt.time.String(); got != tt.long {
			t.Errorf("String is %q, want %q", got, tt.long)
		}
		got, err := tt.time.AppendText([]byte("t="))
		if err != nil || string(got) != "t="+tt.short {
			t.Errorf("AppendText gives %q, %v, want t=%s", got, err, tt.short)
		}
	}
}

func TestTimestampFloat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		seconds float64
		want    string
	}{
		{0, "0.000000000"},
		{1520879607.789, "1520879607.789000000"},
		{1700000000.123456, "1700000000.123456000"},
		{-0.5, "-0.500000000"},
		{1e-9, "0.000000001"},
		{1e-300, "0.000000000"},
		{1e18, "1000000000000000000.000000000"},
	}
	for _, tt := range tests {
		got, err := metric.TimestampFloat(tt.seconds)
		if err != nil || got.String() != tt.want {
			t.Errorf("TimestampFloat(%v) is %s, %v, want %s", tt.seconds, got, err, tt.want)
		}
	}
	for _, seconds := range []float64{math.NaN(), inf, -inf, 1e19, -1e19, math.MaxInt64, math.MinInt64} {
		if got, err := metric.TimestampFloat(seconds); err == nil || !got.IsZero() {
			t.Errorf("TimestampFloat(%v) is %s, want an error", seconds, got)
		}
	}
}

func TestTimestampConversions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sec := rapid.OneOf(rapid.Int64Range(-1e10, 1e10), rapid.Int64Range(-1e7, 1e7)).Draw(t, "sec")
		nsec := rapid.Int64Range(0, 999_999_999).Draw(t, "nsec")
		ts := metric.NewTimestamp(sec, nsec)
		if want := time.Unix(sec, nsec).UTC(); !ts.Time().Equal(want) || metric.TimestampOf(want) != ts {
			t.Fatalf("%s is %v, want %v", ts, ts.Time(), want)
		}
		ms := ts.Milli()
		if want := ts.Time().UnixMilli(); ms != want {
			t.Fatalf("Milli of %s is %d, want %d", ts, ms, want)
		}
		if back := metric.TimestampMilli(ms); back.After(ts) || back.Milli() != ms || back.Nanoseconds()%1e6 != 0 {
			t.Fatalf("TimestampMilli(%d) is %s, which is not %s rounded down", ms, back, ts)
		}
		if want, err := strconv.ParseFloat(ts.String(), 64); err != nil || ts.Float() != want {
			t.Fatalf("Float of %s is %v, want %v (%v)", ts, ts.Float(), want, err)
		}
		if short, err := metric.TimestampFloat(metric.TimestampMilli(ms).Float()); err != nil || short.Milli() != ms {
			t.Fatalf("milliseconds %d become %d through a float64", ms, short.Milli())
		}
	})
	if !(metric.Timestamp{}).Time().IsZero() {
		t.Error("an absent timestamp is not the zero Time")
	}
}

func TestTimestampCompare(t *testing.T) {
	t.Parallel()
	ascending := []metric.Timestamp{
		{},
		metric.NewTimestamp(-5, 0), metric.NewTimestamp(-1, 5e8), metric.NewTimestamp(0, 0),
		metric.NewTimestamp(0, 1), metric.NewTimestamp(1, 0),
	}
	if !slices.IsSortedFunc(ascending, metric.Timestamp.Compare) {
		t.Error("the timestamps do not ascend")
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if a.Before(b) != (i < j) || a.After(b) != (i > j) || (a.Compare(b) == 0) != (i == j) {
				t.Errorf("%q and %q compare as %d", a, b, a.Compare(b))
			}
		}
	}
}
