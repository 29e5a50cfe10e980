package pmfile

import "sync/atomic"

// Words returns the cells.
func Words(c *ExemplarCells) []atomic.Uint64 { return c.words }
