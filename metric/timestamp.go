package metric

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Timestamp is a point in time with nanosecond resolution, kept as whole
// seconds since the Unix epoch and nanoseconds, so that no value read from a
// page changes when it is written again. The zero value means "no timestamp";
// it differs from the epoch itself. Timestamps compare with == and with
// [Timestamp.Compare].
type Timestamp struct {
	sec  int64
	nsec int32 // 0 … 999,999,999, also before the epoch
	set  bool
}

// NewTimestamp returns the instant sec seconds and nsec nanoseconds after the
// Unix epoch. Both may be negative, and nsec may exceed a second.
func NewTimestamp(sec, nsec int64) Timestamp {
	sec += nsec / 1e9
	nsec %= 1e9
	if nsec < 0 {
		sec--
		nsec += 1e9
	}
	return Timestamp{sec: sec, nsec: int32(nsec), set: true}
}

// TimestampOf returns the Timestamp of t.
func TimestampOf(t time.Time) Timestamp {
	return NewTimestamp(t.Unix(), int64(t.Nanosecond()))
}

// TimestampMilli returns the instant ms milliseconds after the Unix epoch.
func TimestampMilli(ms int64) Timestamp {
	return NewTimestamp(floorDiv(ms, 1000), floorMod(ms, 1000)*1e6)
}

// TimestampFloat returns the instant that the shortest decimal number standing
// for the float64 names: 1520879607.789 gives 789 milliseconds, although the
// float64 itself is 34 nanoseconds more. NaN, infinities and values outside the
// range of int64 are errors.
func TimestampFloat(seconds float64) (Timestamp, error) {
	if !(seconds > math.MinInt64 && seconds < math.MaxInt64) {
		return Timestamp{}, fmt.Errorf("metric: timestamp %v is not a finite number of seconds", seconds)
	}
	var stack [64]byte
	return ParseTimestamp(string(strconv.AppendFloat(stack[:0], seconds, 'f', -1, 64)))
}

// ParseTimestamp reads decimal seconds such as "1520879607.789" or "-0.5"
// exactly; an exponent is accepted too, and then read through a float64.
// Digits beyond nanoseconds are cut off.
func ParseTimestamp(s string) (Timestamp, error) {
	digits, negative := s, false
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		negative = digits[0] == '-'
		digits = digits[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if !isDigits(whole) || !isDigits(fraction) || whole+fraction == "" {
		return parseFloatTimestamp(s)
	}
	var sec int64
	if whole != "" {
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return Timestamp{}, fmt.Errorf("metric: timestamp %q is out of range", s)
		}
		sec = n
	}
	nsec := parseNanos(fraction)
	if negative {
		sec, nsec = -sec, -nsec
	}
	return NewTimestamp(sec, nsec), nil
}

func parseFloatTimestamp(s string) (Timestamp, error) {
	if strings.ContainsAny(s, "_xXpP") {
		return Timestamp{}, fmt.Errorf("metric: timestamp %q is not decimal seconds", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Timestamp{}, fmt.Errorf("metric: timestamp %q is not decimal seconds", s)
	}
	return TimestampFloat(f)
}

// parseNanos reads the digits after the decimal point as nanoseconds.
func parseNanos(fraction string) int64 {
	var n int64
	for i := range 9 {
		n *= 10
		if i < len(fraction) {
			n += int64(fraction[i] - '0')
		}
	}
	return n
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// IsZero reports whether t is absent.
func (t Timestamp) IsZero() bool { return !t.set }

// Seconds returns the whole seconds since the Unix epoch, rounded down.
func (t Timestamp) Seconds() int64 { return t.sec }

// Nanoseconds returns the nanoseconds after [Timestamp.Seconds], between 0 and
// 999,999,999.
func (t Timestamp) Nanoseconds() int32 { return t.nsec }

// Float returns t as seconds since the Unix epoch, as near as a float64 comes.
func (t Timestamp) Float() float64 {
	// One rounding is exact, two need not be. Near the epoch the nanoseconds
	// fit a float64, and only the division rounds. Farther away the fraction
	// is rounded, too, but by less than any fraction in nanoseconds is apart
	// from the middle between two float64 of that size.
	const exact = 1 << 53 / 1_000_000_000
	if -exact < t.sec && t.sec < exact {
		return float64(t.sec*1e9+int64(t.nsec)) / 1e9
	}
	return float64(t.sec) + float64(t.nsec)/1e9
}

// Milli returns t in milliseconds since the Unix epoch, rounded down.
func (t Timestamp) Milli() int64 { return t.sec*1000 + int64(t.nsec)/1e6 }

// Time returns t as a [time.Time] in UTC, or the zero Time when t is absent.
func (t Timestamp) Time() time.Time {
	if !t.set {
		return time.Time{}
	}
	return time.Unix(t.sec, int64(t.nsec)).UTC()
}

// Compare returns -1, 0 or +1 as t is before, at or after u. An absent
// timestamp is before every other.
func (t Timestamp) Compare(u Timestamp) int {
	if t.set != u.set {
		if t.set {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(t.sec, u.sec), cmp.Compare(t.nsec, u.nsec))
}

// Before reports whether t is before u.
func (t Timestamp) Before(u Timestamp) bool { return t.Compare(u) < 0 }

// After reports whether t is after u.
func (t Timestamp) After(u Timestamp) bool { return t.Compare(u) > 0 }

// String returns t as decimal seconds with all nine digits of the fraction,
// such as "1520879607.789000000", or "" when t is absent.
func (t Timestamp) String() string {
	if !t.set {
		return ""
	}
	return string(t.appendDecimal(nil, false))
}

// AppendText appends t as decimal seconds with as few digits as are exact,
// such as "1520879607.789", and never fails. An absent timestamp appends
// nothing. It implements [encoding.TextAppender].
func (t Timestamp) AppendText(dst []byte) ([]byte, error) {
	if !t.set {
		return dst, nil
	}
	return t.appendDecimal(dst, true), nil
}

func (t Timestamp) appendDecimal(dst []byte, short bool) []byte {
	sec, nsec := t.sec, int64(t.nsec)
	if sec < 0 && nsec > 0 { // -1 s and 0.5e9 ns is minus one half
		sec, nsec = sec+1, 1e9-nsec
		if sec == 0 {
			dst = append(dst, '-')
		}
	}
	dst = strconv.AppendInt(dst, sec, 10)
	if short && nsec == 0 {
		return dst
	}
	dst = append(dst, '.')
	for scale := int64(1e8); scale > 0; scale /= 10 {
		dst = append(dst, byte('0'+nsec/scale%10))
		if short && nsec%scale == 0 {
			break
		}
	}
	return dst
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
