package polymeter

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"polymeter.dev/metric"
)

// Catalogue returns what is declared, sorted by name, whether or not it has
// been used: instruments, and the families of collectors that describe
// themselves.
func (r *Registry) Catalogue() []metric.Desc {
	var all []metric.Desc
	for _, e := range r.snapshot() {
		for _, d := range e.descs {
			row := *d
			row.LabelNames = slices.Clone(d.LabelNames)
			all = append(all, row)
		}
	}
	slices.SortStableFunc(all, func(a, b metric.Desc) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// WriteCatalogueMarkdown writes the catalogue as a table.
func (r *Registry) WriteCatalogueMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| Name | Type | Unit | Labels | Help |\n|---|---|---|---|---|\n")
	for _, d := range r.Catalogue() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
			cellText(d.FullName()), d.Type, cellText(d.Unit), cellText(strings.Join(d.LabelNames, ", ")), cellText(d.Help))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cellText keeps text from breaking out of its table cell.
func cellText(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s)
}

// WriteCatalogueJSON writes the catalogue as a JSON array of objects with name,
// type, unit, labels and help.
func (r *Registry) WriteCatalogueJSON(w io.Writer) error {
	type row struct {
		Name   string   `json:"name"`
		Type   string   `json:"type"`
		Unit   string   `json:"unit"`
		Labels []string `json:"labels"`
		Help   string   `json:"help"`
	}
	rows := []row{}
	for _, d := range r.Catalogue() {
		labels := d.LabelNames
		if labels == nil {
			labels = []string{}
		}
		rows = append(rows, row{d.FullName(), d.Type.String(), d.Unit, labels, d.Help})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}
