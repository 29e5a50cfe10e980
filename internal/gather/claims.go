package gather

import (
	"fmt"

	"polymeter.dev/metric"
)

// Claims records who holds which exposed names (x_total, x_bucket, …), so that
// two families never meet on a page. The zero value is ready. It must not be
// used concurrently.
type Claims struct {
	holders map[string]claim
}

type claim struct {
	owner  any
	family string
}

// Check reports a clash of d with a family of another name, or of another
// owner, that holds one of its names.
func (c *Claims) Check(owner any, d *metric.Desc) error {
	for _, name := range d.ExposedNames() {
		holder, held := c.holders[name]
		if held && holder != (claim{owner, d.Name}) {
			return fmt.Errorf("name %q of %s family %q is already used by family %q", name, d.Type, d.Name, holder.family)
		}
	}
	return nil
}

// Add claims the names of d for the owner, which must be comparable, or reports
// a clash and claims none.
func (c *Claims) Add(owner any, d *metric.Desc) error {
	if err := c.Check(owner, d); err != nil {
		return err
	}
	if c.holders == nil {
		c.holders = make(map[string]claim)
	}
	for _, name := range d.ExposedNames() {
		c.holders[name] = claim{owner, d.Name}
	}
	return nil
}

// Remove gives up all names of the owner.
func (c *Claims) Remove(owner any) {
	for name, holder := range c.holders {
		if holder.owner == owner {
			delete(c.holders, name)
		}
	}
}
