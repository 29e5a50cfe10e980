package polymeter

import (
	"fmt"
	"hash/maphash"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"polymeter.dev/internal/cell"
)

// Typed is a vector whose label values are the fields of a struct, so that the
// compiler checks them. A field's label is its name in snake case, or its
// label tag:
//
//	type route struct {
//		Endpoint string
//		Verb     string `label:"method"`
//	}
//
// Fields are strings, booleans or integers. Methods may be called concurrently.
type Typed[K comparable, M any] struct {
	vec    *Vec[M]
	fields []int
	// strings says that all fields are strings: then a key is a list of label
	// values as it stands, and what follows is not used.
	strings bool

	seed  maphash.Seed
	slots atomic.Pointer[slots[typedSeries[K, M]]]
	mu    sync.Mutex // serialises changes
	used  int        // slots that are filled, with deleted series too
}

// typedSeries remembers the series that a key stands for.
type typedSeries[K comparable, M any] struct {
	hash   uint64
	key    K
	target *series[M]
}

// NewTypedCounter declares a vector of counters with the labels of K; opts.Labels
// must be empty.
func NewTypedCounter[K comparable](r *Registry, opts CounterOpts) (*Typed[K, Counter], error) {
	return newTyped[K](&opts.Labels, func() (*CounterVec, error) { return r.NewCounterVec(opts) })
}

// NewTypedGauge declares a vector of gauges with the labels of K; opts.Labels
// must be empty.
func NewTypedGauge[K comparable](r *Registry, opts GaugeOpts) (*Typed[K, Gauge], error) {
	return newTyped[K](&opts.Labels, func() (*GaugeVec, error) { return r.NewGaugeVec(opts) })
}

// NewTypedHistogram declares a vector of histograms with the labels of K;
// opts.Labels must be empty.
func NewTypedHistogram[K comparable](r *Registry, opts HistogramOpts) (*Typed[K, Histogram], error) {
	return newTyped[K](&opts.Labels, func() (*HistogramVec, error) { return r.NewHistogramVec(opts) })
}

// NewTypedSummary declares a vector of summaries with the labels of K;
// opts.Labels must be empty.
func NewTypedSummary[K comparable](r *Registry, opts SummaryOpts) (*Typed[K, Summary], error) {
	return newTyped[K](&opts.Labels, func() (*SummaryVec, error) { return r.NewSummaryVec(opts) })
}

func newTyped[K comparable, M any](labels *[]string, declare func() (*Vec[M], error)) (*Typed[K, M], error) {
	if len(*labels) > 0 {
		return nil, fmt.Errorf("polymeter: labels %q are given beside those of the key type", *labels)
	}
	names, fields, err := labelFields(reflect.TypeFor[K]())
	if err != nil {
		return nil, err
	}
	*labels = names
	vec, err := declare()
	if err != nil {
		return nil, err
	}
	return &Typed[K, M]{
		vec: vec, fields: fields, strings: cell.OnlyStrings(reflect.TypeFor[K]()), seed: maphash.MakeSeed(),
	}, nil
}

// labelFields returns the label names of a key type and the fields they come
// from.
func labelFields(t reflect.Type) (names []string, fields []int, err error) {
	if t.Kind() != reflect.Struct {
		return nil, nil, fmt.Errorf("polymeter: label type %v is not a struct", t)
	}
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() || !isLabelKind(field.Type.Kind()) {
			return nil, nil, fmt.Errorf("polymeter: field %s of label type %v is not an exported string, boolean or integer", field.Name, t)
		}
		name := field.Tag.Get("label")
		if name == "" {
			name = snakeCase(field.Name)
		}
		names, fields = append(names, name), append(fields, i)
	}
	return names, fields, nil
}

func isLabelKind(k reflect.Kind) bool {
	return k == reflect.String || k == reflect.Bool || (k >= reflect.Int && k <= reflect.Uint64)
}

// snakeCase turns HTTPMethod into http_method.
func snakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		startsWord := i > 0 && unicode.IsUpper(c) &&
			(!unicode.IsUpper(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1])))
		if startsWord {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// With returns the instrument for the key, and makes it if need be. Finding an
// existing one takes no lock and allocates nothing. Under the rules of
// [Vec.With], a key that cannot be counted gives an instrument that counts
// nothing.
func (t *Typed[K, M]) With(key K) *M {
	if t.strings {
		return t.vec.With(cell.Strings(&key, len(t.fields))...)
	}
	if t.vec == nil {
		return new(M) // the zero Typed counts nothing
	}
	hash := maphash.Comparable(t.seed, key)
	if e := t.find(hash, &key); e != nil && !e.target.dead.Load() {
		return &e.target.metric
	}
	return t.remember(hash, key)
}

func (t *Typed[K, M]) find(hash uint64, key *K) *typedSeries[K, M] {
	s := t.slots.Load()
	if s == nil {
		return nil
	}
	for i := hash & s.mask; ; i = (i + 1) & s.mask {
		e := s.entries[i].Load()
		if e == nil || (e.hash == hash && e.key == *key) {
			return e
		}
	}
}

// remember finds or makes the series in the vector and notes it, in place of
// one that has been deleted there meanwhile.
func (t *Typed[K, M]) remember(hash uint64, key K) *M {
	values := t.values(key)
	valueHash := t.vec.table.hasher.hash(values)
	target := t.vec.table.find(valueHash, values)
	if target == nil {
		target = t.vec.create(valueHash, values)
	}
	if target == nil {
		return &t.vec.discard
	}
	if !equalValues(target.values, values) {
		return &target.metric // the overflow series: its keys are without bound
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(&typedSeries[K, M]{hash: hash, key: key, target: target})
	return &target.metric
}

// put adds the entry, or replaces the one of the same key. The caller holds mu.
func (t *Typed[K, M]) put(e *typedSeries[K, M]) {
	s := t.slots.Load()
	if s == nil || s.full(t.used) || t.used > 2*t.vec.Len()+minSlots {
		s = t.rebuild(s)
	}
	for i := e.hash & s.mask; ; i = (i + 1) & s.mask {
		old := s.entries[i].Load()
		if old != nil && (old.hash != e.hash || old.key != e.key) {
			continue
		}
		if old == nil {
			t.used++
		}
		s.entries[i].Store(e)
		return
	}
}

// rebuild makes slots anew, without the deleted series and with room for as many
// again as are left.
func (t *Typed[K, M]) rebuild(old *slots[typedSeries[K, M]]) *slots[typedSeries[K, M]] {
	var living []*typedSeries[K, M]
	for i := 0; old != nil && i < len(old.entries); i++ {
		if e := old.entries[i].Load(); e != nil && !e.target.dead.Load() {
			living = append(living, e)
		}
	}
	next := newSlots[typedSeries[K, M]](2 * (len(living) + 1))
	for _, e := range living {
		next.put(e.hash, e)
	}
	t.used = len(living)
	t.slots.Store(next)
	return next
}

// Delete lets the key's series go and reports whether there was one; see
// [Vec.Delete].
func (t *Typed[K, M]) Delete(key K) bool {
	return t.vec != nil && t.vec.Delete(t.values(key)...)
}

// Vec returns the vector underneath.
func (t *Typed[K, M]) Vec() *Vec[M] { return t.vec }

func (t *Typed[K, M]) declaredBy() *family {
	if t.vec == nil {
		return nil
	}
	return &t.vec.family
}

func (t *Typed[K, M]) values(key K) []string {
	v := reflect.ValueOf(key)
	values := make([]string, len(t.fields))
	for i, field := range t.fields {
		switch f := v.Field(field); {
		case f.Kind() == reflect.String:
			values[i] = f.String()
		case f.Kind() == reflect.Bool:
			values[i] = strconv.FormatBool(f.Bool())
		case f.CanInt():
			values[i] = strconv.FormatInt(f.Int(), 10)
		default:
			values[i] = strconv.FormatUint(f.Uint(), 10)
		}
	}
	return values
}
