package pmfile

import "errors"

// errNoSpace stands for the error that this system does not have.
var errNoSpace = errors.New("no space left on device")
