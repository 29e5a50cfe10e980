package metric

import (
	"fmt"
	"slices"
	"strings"
)

// Desc describes a family. A Desc that has been handed out must not be changed.
type Desc struct {
	// Name is the family name of OpenMetrics 1.0: that of a counter has no
	// _total, that of an info no _info. Each format adds what it needs.
	Name string
	// Written is the family name exactly as a decoded page had it, when that
	// differs from what its format would derive from Name; else "".
	Written string
	// Help is a sentence for humans; may be empty.
	Help string
	// Unit is the base unit, such as "seconds"; may be empty. Name then ends
	// in an underscore and the unit.
	Unit string
	Type Type
	// LabelNames are the label names that every series has, as far as they
	// are known before collecting; nil when not.
	LabelNames []string
}

// suffixes lists, for each type, what sample names add to the family name.
var suffixes = [...][]string{
	TypeUnknown:        {""},
	TypeCounter:        {"_total", "_created"},
	TypeGauge:          {""},
	TypeSummary:        {"", "_count", "_sum", "_created"},
	TypeHistogram:      {"_bucket", "_count", "_sum", "_created"},
	TypeGaugeHistogram: {"_bucket", "_gcount", "_gsum"},
	TypeInfo:           {"_info"},
	TypeStateSet:       {""},
}

// Suffixes returns what the sample names of the type add to the family name in
// OpenMetrics 1.0, such as "_total" and "_created" for a counter. The result
// must not be changed.
func (t Type) Suffixes() []string {
	if int(t) < len(suffixes) {
		return suffixes[t]
	}
	return nil
}

// StripSuffix returns the OpenMetrics 1.0 family name for a name as an
// application writes it: a counter's without _total, an info's without _info.
func StripSuffix(t Type, name string) string {
	suffix := ""
	switch t {
	case TypeCounter:
		suffix = "_total"
	case TypeInfo:
		suffix = "_info"
	}
	if stripped := strings.TrimSuffix(name, suffix); stripped != "" {
		return stripped
	}
	return name
}

// SampleName returns the name of the family's main sample in expanded form:
// with _total for a counter and _info for an info, else the family name.
func (d *Desc) SampleName() string {
	switch d.Type {
	case TypeCounter:
		return d.Name + "_total"
	case TypeInfo:
		return d.Name + "_info"
	}
	return d.Name
}

// FullName returns the name under which text formats without OpenMetrics' 1.0
// suffix rules, and OpenMetrics 2.0, show the family: as it was written when
// the family was decoded, else [Desc.SampleName].
func (d *Desc) FullName() string {
	if d.Written != "" {
		return d.Written
	}
	return d.SampleName()
}

// ExposedNames returns every name that the family may occupy on a page: the
// family name, the name as written, and all sample names.
func (d *Desc) ExposedNames() []string {
	names := []string{d.Name}
	if d.Written != "" && d.Written != d.Name {
		names = append(names, d.Written)
	}
	for _, suffix := range d.Type.Suffixes() {
		if name := d.Name + suffix; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Matches reports whether name is one of the family's exposed names.
func (d *Desc) Matches(name string) bool {
	if name == d.Name || (d.Written != "" && name == d.Written) {
		return true
	}
	rest, found := strings.CutPrefix(name, d.Name)
	return found && slices.Contains(d.Type.Suffixes(), rest)
}

// Validate reports an invalid name, label name, help or unit under the given
// validation. A unit must be the suffix of the name and stand on no info or
// stateset family (OpenMetrics 1.0, section "MetricFamily").
func (d *Desc) Validate(v Validation) error {
	if int(d.Type) >= len(typeNames) {
		return fmt.Errorf("metric: family %q has the invalid type %d", d.Name, d.Type)
	}
	if err := v.CheckMetricName(d.Name); err != nil {
		return err
	}
	if d.Written != "" {
		if err := v.CheckMetricName(d.Written); err != nil {
			return err
		}
	}
	if err := checkHelp(d.Name, d.Help); err != nil {
		return err
	}
	if err := d.validateUnit(); err != nil {
		return err
	}
	for i, name := range d.LabelNames {
		if err := v.CheckLabelName(name); err != nil {
			return fmt.Errorf("%w in family %q", err, d.Name)
		}
		if slices.Contains(d.LabelNames[:i], name) {
			return fmt.Errorf("metric: label name %q occurs twice in family %q", name, d.Name)
		}
		if d.reserves(name) {
			return fmt.Errorf("metric: label name %q is reserved in %s family %q", name, d.Type, d.Name)
		}
	}
	return nil
}

func (d *Desc) validateUnit() error {
	if d.Unit == "" {
		return nil
	}
	if d.Type == TypeInfo || d.Type == TypeStateSet {
		return fmt.Errorf("metric: %s family %q must not have a unit, has %q", d.Type, d.Name, d.Unit)
	}
	if !strings.HasSuffix(d.Name, "_"+d.Unit) {
		return fmt.Errorf("metric: unit %q is not the suffix of family name %q", d.Unit, d.Name)
	}
	return nil
}

// reserves reports whether the format itself uses the label name in this type.
func (d *Desc) reserves(label string) bool {
	switch d.Type {
	case TypeHistogram, TypeGaugeHistogram:
		return label == "le"
	case TypeSummary:
		return label == "quantile"
	case TypeStateSet:
		return label == d.Name
	}
	return false
}
