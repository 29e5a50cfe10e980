package polymeter

import (
	"fmt"

	"polymeter.dev/internal/gather"
	"polymeter.dev/metric"
)

// targetDesc is the family that describes the whole process (OpenMetrics 1.0,
// section "Supporting Target Metadata in Both Push-based and Pull-based
// Systems").
var targetDesc = metric.Desc{Name: "target", Help: "Target metadata", Type: metric.TypeInfo}

// SetTargetInfo replaces the labels of target_info, which describe the process
// as a whole. Without labels there is none. While there is one, the name belongs
// to it.
func (r *Registry) SetTargetInfo(labels map[string]string) error {
	for name := range labels {
		if err := r.validation.CheckLabelName(name); err != nil {
			return fmt.Errorf("polymeter: target info: %w", err)
		}
	}
	made, err := metric.LabelsFromMap(labels)
	if err != nil {
		return fmt.Errorf("polymeter: target info: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.claims.Remove(&targetDesc)
	if len(labels) == 0 {
		r.target.Store(nil)
		return nil
	}
	if err := r.claims.Add(&targetDesc, &targetDesc); err != nil {
		return fmt.Errorf("polymeter: target info: %w", err)
	}
	r.target.Store(&made)
	return nil
}

// TargetInfo returns the labels of target_info, or nil when there is none.
func (r *Registry) TargetInfo() map[string]string {
	if labels := r.target.Load(); labels != nil {
		return labels.Map()
	}
	return nil
}

type targetFamily struct{ labels metric.Labels }

// Trusted marks the family as valid by construction.
func (*targetFamily) Trusted(gather.Mark) {}

// Desc describes the family.
func (*targetFamily) Desc() *metric.Desc { return &targetDesc }

// Each visits the one sample.
func (f *targetFamily) Each(visit func(*metric.Sample) error) error {
	return visit(&metric.Sample{Name: targetDesc.SampleName(), Labels: f.labels, Value: 1})
}
