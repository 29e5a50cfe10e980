package exposition

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by an [Encoder] that was closed before.
var ErrClosed = errors.New("exposition: encoder is closed")

// FamilyError says why a family is not on the page. The page is valid without
// it, and encoding can go on.
type FamilyError struct {
	// Family is the OpenMetrics 1.0 name of the family.
	Family string
	// Err is the reason; it may come from the family itself.
	Err error
}

func (e *FamilyError) Error() string {
	return fmt.Sprintf("exposition: family %q is left out: %v", e.Family, e.Err)
}

// Unwrap returns the reason.
func (e *FamilyError) Unwrap() error { return e.Err }
