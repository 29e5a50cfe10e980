package scrape

import (
	"errors"
	"io"

	"polymeter.dev/exposition"
	"polymeter.dev/metric"
)

// read reads a page to its end. Families are kept in composite form, so that those of
// targets that send other formats fit together.
func (c *Collector) read(p *page, body io.Reader, syntax exposition.Syntax) error {
	decoder, err := exposition.NewDecoder(body, syntax, &exposition.DecodeOptions{
		MaxBytes: c.options.MaxBytes, Lenient: c.options.Lenient,
	})
	if err != nil {
		return err
	}
	var composer metric.Composer
	for {
		family, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		snapshot, err := metric.Copy(composer.Compose(family, 0))
		if err == nil {
			err = snapshot.Validate(metric.UTF8Validation)
		}
		if err != nil {
			p.lose(family.Desc().Name, err)
			continue
		}
		p.families = append(p.families, snapshot)
	}
}
