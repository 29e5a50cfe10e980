package exposition

import "fmt"

// claims are the names that are taken on a page: those of a family's metadata
// and samples, as the format shows them, so that names that become one by
// escaping clash too.
type claims struct {
	taken map[string]struct{}
	// pending are the names of the current family.
	pending []string
}

// add takes a name for the current family.
func (c *claims) add(name string) error {
	if _, found := c.taken[name]; found {
		return fmt.Errorf("name %q is already on the page", name)
	}
	if c.taken == nil {
		c.taken = make(map[string]struct{})
	}
	c.taken[name] = struct{}{}
	c.pending = append(c.pending, name)
	return nil
}

// commit makes the names of the current family final.
func (c *claims) commit() {
	clear(c.pending)
	c.pending = c.pending[:0]
}

// rollback frees the names of the current family.
func (c *claims) rollback() {
	for _, name := range c.pending {
		delete(c.taken, name)
	}
	c.commit()
}

func (c *claims) clear() {
	c.commit()
	clear(c.taken)
}
