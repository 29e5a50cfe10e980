package exposition

import (
	"errors"
	"fmt"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// syntax writes families in the grammar of one format. It appends to the page
// it was made for.
type syntax interface {
	// begin starts the page's current family.
	begin() error
	// sample adds a sample, whose labels are in page.labels.
	sample(s *metric.Sample) error
	// end completes the family.
	end() error
	// trailer is what a page ends with.
	trailer() string
}

// page is an exposition in the making. Pages are pooled, so that all that they
// hold is reused.
type page struct {
	syntax   syntax
	format   Format
	created  bool // whether start timestamps are shown
	rawLimit int

	buf    []byte
	stats  Stats
	names  nameCache
	claims claims
	check  checker
	normal normalizer

	composer metric.Composer

	// The rest concerns the current family.

	desc    *metric.Desc
	name    *familyNames
	trusted bool
	failed  error  // of the first sample that could not be added
	main    string // the sample name that isMain last found
	labels  string // of the current sample, with names as the format shows them

	visit func(*metric.Sample) error // add, bound once
}

func newPage(s Syntax) *page {
	p := &page{}
	p.visit = p.add
	switch s {
	case OpenMetrics:
		p.syntax = newOpenMetrics1(p)
	case OpenMetrics2:
		p.syntax = &openMetrics2{page: p}
	case Protobuf:
		p.syntax = &protobuf{page: p}
	case JSON:
		p.syntax = newJSON(p)
	default:
		p.syntax = newText(p)
	}
	return p
}

func (p *page) start(f Format, o *Options) {
	p.format, p.created, p.rawLimit = f, o.created(f.Syntax), o.rawLimit()
}

// release forgets the page, but keeps memory and names.
func (p *page) release() {
	p.buf, p.stats = p.buf[:0], Stats{}
	p.claims.clear()
	p.leaveFamily()
}

// leaveFamily lets go of what belongs to the caller.
func (p *page) leaveFamily() {
	p.desc, p.name, p.failed, p.main, p.labels = nil, nil, nil, "", ""
	p.check.reset()
	p.normal.reset()
}

// encode appends a family, or leaves the page as it was, also when the family
// panics.
func (p *page) encode(f metric.Family) error {
	if f == nil || f.Desc() == nil {
		p.stats.Refused++
		return &FamilyError{Err: errors.New("family has no description")}
	}
	length, stats, done := len(p.buf), p.stats, false
	p.desc = f.Desc()
	defer func() {
		if !done {
			p.buf, p.stats = p.buf[:length], stats
			p.stats.Refused++
			p.claims.rollback()
		}
		p.leaveFamily()
	}()
	if err := p.family(f); err != nil {
		return &FamilyError{Family: p.desc.Name, Err: err}
	}
	p.claims.commit()
	p.stats.Families++
	done = true
	return nil
}

func (p *page) family(f metric.Family) error {
	p.trusted = gather.IsTrusted(f)
	if err := p.describe(); err != nil {
		return err
	}
	if p.wantsComposite() {
		f = p.composer.Compose(f, p.rawLimit)
	}
	if err := p.syntax.begin(); err != nil {
		return err
	}
	err := f.Each(p.visit)
	if p.failed != nil {
		return p.failed // whatever the family made of it
	}
	if err != nil {
		return err
	}
	return p.syntax.end()
}

// describe checks the description and claims its names.
func (p *page) describe() error {
	if len(p.desc.Type.Suffixes()) == 0 {
		return fmt.Errorf("type %d is not valid", p.desc.Type)
	}
	if !p.trusted {
		if err := p.desc.Validate(metric.UTF8Validation); err != nil {
			return err
		}
	}
	p.name = p.names.get(p.desc, p.format, p.created)
	for _, name := range p.name.claims {
		if err := p.claims.add(name); err != nil {
			return err
		}
	}
	return nil
}

// wantsComposite reports whether the family may hold expanded samples that the
// format has no place for. Counters of this module never do; what is composite
// passes through composing untouched.
func (p *page) wantsComposite() bool {
	if p.format.Syntax != OpenMetrics2 && p.format.Syntax != Protobuf {
		return false
	}
	return p.desc.Type.Composite() || p.desc.Type == metric.TypeCounter && !p.trusted
}

// add appends one sample to the family.
func (p *page) add(s *metric.Sample) error {
	if p.failed != nil {
		return p.failed
	}
	if err := p.addSample(s); err != nil {
		p.failed = err
		return err
	}
	p.stats.Samples++
	return nil
}

func (p *page) addSample(s *metric.Sample) error {
	if s == nil {
		return errors.New("sample is nil")
	}
	labels, err := showLabels(s.Labels, p.format.Escaping)
	if err != nil {
		return err
	}
	p.labels = labels
	if s.Composite() {
		if err := p.checkComposite(s); err != nil {
			return err
		}
	}
	// Trusted series are unique, and stay so when names of labels change as
	// long as all have the same names.
	if !p.trusted {
		err = p.check.sample(p, s)
	} else if p.desc.LabelNames == nil && (p.check.watching || labels != s.Labels.Text()) {
		err = p.check.duplicate(p, s)
	}
	if err != nil {
		return err
	}
	return p.syntax.sample(p.normal.form(s))
}

// checkComposite reports a composite value that the type does not have. In
// OpenMetrics 2.0 those of unknown type may have any.
func (p *page) checkComposite(s *metric.Sample) error {
	t := p.desc.Type
	if t == metric.TypeUnknown && p.format.Syntax == OpenMetrics2 && (s.Histogram == nil || s.Summary == nil) {
		return nil
	}
	histogram := t == metric.TypeHistogram || t == metric.TypeGaugeHistogram
	if (s.Histogram != nil) != histogram || (s.Summary != nil) != (t == metric.TypeSummary) {
		return fmt.Errorf("sample {%s} has a value that a %s has not", s.Labels.Text(), t)
	}
	return nil
}

// isMain reports whether the sample has the name of the only sample of a family
// of simple type: with or without the suffix of the type, or as it was written.
// It remembers the name, since comparing a string with itself costs nothing.
func (p *page) isMain(s *metric.Sample) bool {
	if s.Name == p.main {
		return s.Name != ""
	}
	if p.desc.Type.Composite() {
		return false
	}
	if s.Name != p.name.samples[0].own && s.Name != p.desc.Name && (p.desc.Written == "" || s.Name != p.desc.Written) {
		return false
	}
	p.main = s.Name
	return true
}

// errName reports a sample whose name is none of the type's.
func (p *page) errName(s *metric.Sample) error {
	return fmt.Errorf("sample name %q does not belong to a %s in format %s", s.Name, p.desc.Type, p.format)
}
