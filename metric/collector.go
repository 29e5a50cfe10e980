package metric

import "context"

// Family is a metric family: what it is, and a stream of its samples.
//
// Each calls visit for every sample in order and returns the first error, its
// own or visit's. It is called at most once, and only before the emit call that
// received the family has returned. Samples of one series are consecutive.
type Family interface {
	Desc() *Desc
	Each(visit func(*Sample) error) error
}

// Collector is anything that produces families: a registry, a view of one, the
// merge of many processes, a parsed page, or your own code.
//
// Collect passes every family to emit, in a stable order. It stops and returns
// the error when emit returns one. It should return soon after ctx is done; a
// scrape's deadline reaches it that way. Collect may be called concurrently
// with itself.
type Collector interface {
	Collect(ctx context.Context, emit func(Family) error) error
}

// CollectorFunc makes a function a [Collector].
type CollectorFunc func(ctx context.Context, emit func(Family) error) error

// Collect calls f.
func (f CollectorFunc) Collect(ctx context.Context, emit func(Family) error) error {
	return f(ctx, emit)
}

// EmitAll passes the families to emit, in order, and returns its first error,
// after which it passes no more. It is how most collectors end.
func EmitAll(emit func(Family) error, families ...Family) error {
	for _, f := range families {
		if err := emit(f); err != nil {
			return err
		}
	}
	return nil
}

// Describer is a [Collector] that can say what it will emit without collecting.
// Registries use it to find clashes at registration and to leave out
// collectors that a restricted scrape does not need.
type Describer interface {
	Collector
	// Describe returns the families that Collect may emit, and no other.
	Describe() []*Desc
}

// Restricter is a [Collector] that can narrow itself to some names, so that a
// scrape of a few families does not pay for all.
type Restricter interface {
	Collector
	// Restrict returns a collector of those families of which the family
	// name or a sample name is among names.
	Restrict(names []string) Collector
}
