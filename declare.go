package polymeter

import (
	"errors"
	"fmt"
)

var errLabels = errors.New("it has labels, so declare a vector")

// NewCounter declares a counter without labels. A declaration identical to an
// earlier one returns the same counter; any other clash is an error.
func (r *Registry) NewCounter(o CounterOpts) (*Counter, error) {
	return single[Counter](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewCounterVec declares counters that differ in their label values, under the
// rules of [Registry.NewCounter].
func (r *Registry) NewCounterVec(o CounterOpts) (*CounterVec, error) {
	return declare[Counter](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewGauge declares a gauge without labels, under the rules of
// [Registry.NewCounter].
func (r *Registry) NewGauge(o GaugeOpts) (*Gauge, error) {
	return single[Gauge](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewGaugeVec declares gauges that differ in their label values, under the
// rules of [Registry.NewCounter].
func (r *Registry) NewGaugeVec(o GaugeOpts) (*GaugeVec, error) {
	return declare[Gauge](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewHistogram declares a histogram without labels, under the rules of
// [Registry.NewCounter].
func (r *Registry) NewHistogram(o HistogramOpts) (*Histogram, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return single[Histogram](r, d)
}

// NewHistogramVec declares histograms that differ in their label values, under
// the rules of [Registry.NewCounter].
func (r *Registry) NewHistogramVec(o HistogramOpts) (*HistogramVec, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return declare[Histogram](r, d)
}

func (o *HistogramOpts) declaration() (declaration, error) {
	shape, err := o.shape()
	if err != nil {
		return declaration{}, cannotDeclare("histogram", o.Name, err)
	}
	return declaration{Spec: o.spec(shape), Opts: o.Series, Histogram: shape}, nil
}

// NewSummary declares a summary without labels, under the rules of
// [Registry.NewCounter].
func (r *Registry) NewSummary(o SummaryOpts) (*Summary, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return single[Summary](r, d)
}

// NewSummaryVec declares summaries that differ in their label values, under the
// rules of [Registry.NewCounter].
func (r *Registry) NewSummaryVec(o SummaryOpts) (*SummaryVec, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return declare[Summary](r, d)
}

func (o *SummaryOpts) declaration() (declaration, error) {
	shape, err := o.shape()
	if err != nil {
		return declaration{}, cannotDeclare("summary", o.Name, err)
	}
	return declaration{Spec: o.spec(), Opts: o.Series, Summary: shape}, nil
}

// NewInfo declares an info metric without labels of its own, under the rules of
// [Registry.NewCounter].
func (r *Registry) NewInfo(o InfoOpts) (*Info, error) {
	return single[Info](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewInfoVec declares info metrics that differ in their label values, under the
// rules of [Registry.NewCounter].
func (r *Registry) NewInfoVec(o InfoOpts) (*InfoVec, error) {
	return declare[Info](r, declaration{Spec: o.spec(), Opts: o.Series})
}

// NewStateSet declares a state set without labels, under the rules of
// [Registry.NewCounter].
func (r *Registry) NewStateSet(o StateSetOpts) (*StateSet, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return single[StateSet](r, d)
}

// NewStateSetVec declares state sets that differ in their label values, under
// the rules of [Registry.NewCounter].
func (r *Registry) NewStateSetVec(o StateSetOpts) (*StateSetVec, error) {
	d, err := o.declaration()
	if err != nil {
		return nil, err
	}
	return declare[StateSet](r, d)
}

func (o *StateSetOpts) declaration() (declaration, error) {
	if err := o.check(); err != nil {
		return declaration{}, cannotDeclare("stateset", o.Name, err)
	}
	return declaration{Spec: o.spec(), Opts: o.Series}, nil
}

func cannotDeclare(kind, name string, err error) error {
	return fmt.Errorf("polymeter: cannot declare %s %q: %w", kind, name, err)
}

// single declares a vector without labels and returns its only instrument.
func single[M any](r *Registry, d declaration) (*M, error) {
	if len(d.Spec.LabelNames) > 0 {
		return nil, cannotDeclare(d.Spec.Type.String(), d.Spec.Name, errLabels)
	}
	v, err := declare[M](r, d)
	if err != nil {
		return nil, err
	}
	return v.With(), nil
}
