//go:build unix

package multiprocess_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"polymeter.dev/internal/mapped/mappedtest"
	"polymeter.dev/internal/pmfile"
	"polymeter.dev/metric"
)

// seal makes the checksum of a record right.
func seal(data []byte, at int) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	length := int(binary.NativeEndian.Uint32(data[at+8:]))
	sum := crc32.Update(crc32.Checksum(data[at:at+12], castagnoli), castagnoli, data[at+16:at+16+length])
	binary.NativeEndian.PutUint32(data[at+12:], sum)
}

// mend makes the header of a file right, and of each record its size, its length,
// its padding and its checksum, so that what they say is looked at.
func mend(data []byte, h *pmfile.Header) []byte {
	body := data[min(len(data), pmfile.FirstRecord):]
	body = body[:len(body)&^7]
	mended := append(pmfile.AppendHeader(nil, h, pmfile.FirstRecord+len(body)), body...)
	for at := pmfile.FirstRecord; at+16 <= len(mended); {
		record := mended[at:]
		size := max(int(binary.NativeEndian.Uint32(record)&0xfff8), 16)
		if size+16 > len(record) {
			size = len(record)
		}
		binary.NativeEndian.PutUint32(record, uint32(size))
		length := min(int(binary.NativeEndian.Uint32(record[8:])&0xffff), size-16)
		binary.NativeEndian.PutUint32(record[8:], uint32(length))
		record[4], record[5], record[6], record[7] = (record[4]-1)%8+1, record[5]&1, 0, 0
		clear(record[16+length : 16+(length+7)&^7])
		seal(mended, at)
		at += size
	}
	return mended
}

// extreme fills a file with what is hardest to merge.
func extreme(b *pmfile.Builder) {
	inf, huge := math.Float64bits(math.Inf(1)), math.Float64bits(math.MaxFloat64)
	full := [16]uint64{1<<64 - 1, 1<<64 - 1, huge, inf, 15: 1 << 63}
	for _, floats := range []bool{false, true} {
		for _, typ := range []metric.Type{metric.TypeHistogram, metric.TypeGaugeHistogram} {
			f := b.Family(&pmfile.Family{
				Name: typ.String(), Type: typ, Bounds: []float64{-1, math.Inf(1)}, Native: true, ZeroThreshold: 3, FloatCounts: floats,
			})
			s := b.Series(f, nil, nil, []uint64{0, 1<<64 - 1, inf, huge, inf, 1 << 63, huge})
			for _, schema := range []int32{-4, 0, 8} {
				b.Chunk(s, schema, 0, false, &full)
				b.Chunk(s, schema, last(schema), true, &full) // which has buckets that cannot be
				b.Chunk(s, schema, -last(schema)-1, true, &full)
			}
			b.Addends(s, []float64{math.Inf(1), math.Inf(-1), math.NaN(), -math.MaxFloat64})
			b.Exemplar(s, 0, &metric.Exemplar{Value: math.NaN()})
			b.Exemplar(s, 1, exemplar(strings.Repeat("x", 500), 1, math.MinInt64))
		}
	}
	c := b.Family(&pmfile.Family{Name: "c", Type: metric.TypeCounter, LabelNames: []string{"le"}})
	s := b.Series(c, []string{"\x00"}, []pmfile.Label{{Name: "__name__", Value: "x"}}, []uint64{0, 1, 1<<64 - 1, huge})
	b.Addends(s, []float64{-math.MaxFloat64, -math.MaxFloat64})
	u := b.Family(&pmfile.Family{Name: "u", Type: metric.TypeUnknown, Mode: metric.GaugeSum, LabelNames: []string{"pid", "process_id"}})
	s = b.Series(u, []string{"", ""}, nil, []uint64{0, 0, inf, 1<<64 - 1})
	b.Addends(s, []float64{math.Inf(-1)})
	b.Exemplar(s, 0, exemplar("x", 1, 1))
	z := b.Family(&pmfile.Family{Name: "z", Type: metric.TypeSummary, FloatCounts: true, LabelNames: []string{"quantile"}})
	b.Series(z, []string{"2"}, nil, []uint64{0, 1, inf, inf})
	states := b.Family(&pmfile.Family{Name: "on", Type: metric.TypeStateSet, LabelNames: []string{"on"}, States: []string{"", "a", "a"}})
	b.Series(states, []string{"x"}, nil, []uint64{2, 0, 7})
	b.Series(states, []string{"y"}, nil, []uint64{0, 0, 7})
	b.Absorbed([]string{"", "../x", "w-" + strings.Repeat("0", 32) + ".pm"})
}

// last returns the number of a schema's last chunk.
func last(schema int32) int32 { return metric.BucketIndex(schema, math.Inf(1)) / 16 }

// FuzzMergeNative has any bytes be a native file beside a healthy one, in half of
// the cases mended as far as that goes: a page must be valid, and the same twice.
func FuzzMergeNative(f *testing.F) {
	for _, fill := range []func(*pmfile.Builder){stable, fragile, extreme} {
		b := pmfile.NewBuilder(nativeHeader("1"))
		fill(b)
		for role := pmfile.RoleProcess; role <= pmfile.RoleArchive; role++ {
			f.Add(b.Bytes(), true, uint8(role))
		}
		f.Add(b.Bytes(), false, uint8(pmfile.RoleProcess))
	}
	const dir = "/fuzz"
	header, beside := nativeHeader("1"), pmfile.NewBuilder(nativeHeader("healthy"))
	stable(beside)
	f.Fuzz(func(t *testing.T, data []byte, mended bool, role uint8) {
		if len(data) > 32<<10 {
			return
		}
		h := *header
		h.Role = pmfile.Role(role%3) + pmfile.RoleProcess
		if mended {
			data = mend(data, &h)
		}
		memory := mappedtest.NewMemory(dir)
		memory.Room = 40 << 10
		healthyHeader, _ := pmfile.DecodeHeader(beside.Bytes())
		if err := errors.Join(
			memory.WriteFile(filepath.Join(dir, pmfile.FileName(h.Role, h.ID)), data),
			memory.WriteFile(filepath.Join(dir, pmfile.FileName(pmfile.RoleProcess, healthyHeader.ID)), beside.Bytes()),
		); err != nil {
			t.Fatal(err)
		}
		c := collectorWith(t, dir, memory)
		first := page(t, c)
		if second := page(t, c); first != second {
			t.Errorf("first\n%s\nsecond\n%s", first, second)
		}
		if !bytes.Contains(data, []byte("healthy")) && !strings.Contains(first, healthy) {
			t.Errorf("nothing healthy in\n%s", first)
		}
		page(t, c.SelfMetrics())
	})
}
