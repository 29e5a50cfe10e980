package fold

import (
	"encoding/binary"
	"math"

	"polymeter.dev/internal/damage"
	"polymeter.dev/internal/pmfile"
)

// wordSize is the size of a cell in bytes.
const wordSize = 8

// content is what a native file says. Every reference in it leads to what it
// should, and every record has the cells that it needs.
type content struct {
	data     []byte
	families []declared
	series   []counted
	absorbed []string
	damage   *damage.Error
}

// declared is a family with its payload, by which files agree on it.
type declared struct {
	*pmfile.Family
	payload []byte
}

// counted is a series and what belongs to it.
type counted struct {
	family    int // index
	payload   []byte
	cells     int // offset of the first
	addends   []span
	chunks    []chunk
	exemplars []exemplar
}

// span is some cells.
type span struct{ offset, count int }

type chunk struct {
	place
	cells int
}

// place is which native buckets of a series a chunk counts.
type place struct {
	schema, number int32
	negative       bool
}

type exemplar struct {
	slot uint32
	span
}

// word returns the word at an offset.
func (c *content) word(offset int) uint64 { return binary.NativeEndian.Uint64(c.data[offset:]) }

func (c *content) float(offset int) float64 { return math.Float64frombits(c.word(offset)) }

// parse reads the bytes of a native file, header included. Records before the
// damage are there in any case. A tolerant parse passes over records that are
// damaged, and over those that refer to them.
func parse(data []byte, tolerant bool) *content {
	p := parser{content: &content{data: data}, tolerant: tolerant, families: map[int]int{}, series: map[int]int{}}
	if len(data) < pmfile.FirstRecord {
		_, p.damage = pmfile.DecodeHeader(data)
		return p.content
	}
	used, damaged := pmfile.Used(p.word(pmfile.UsedAt))
	if damaged != nil {
		p.damage = damaged
		return p.content
	}
	// Whoever died while records changed has left it to their checksums which
	// of them count.
	p.tolerant = tolerant || p.word(pmfile.ChangesAt)%2 != 0
	walker := pmfile.NewWalker(data, used, 0, p.tolerant)
	for {
		r, ok := walker.Next()
		if !ok {
			break
		}
		if reason := p.take(&r); reason != "" && !p.tolerant {
			walker.Reject(r, reason)
		}
	}
	p.damage = walker.Damage()
	return p.content
}

// parser finds by its offset what records refer to.
type parser struct {
	*content
	tolerant         bool
	families, series map[int]int // indexes by offset
}

// take takes in a record, or returns what is wrong with it.
func (p *parser) take(r *pmfile.Record) (reason string) {
	switch r.Kind {
	case pmfile.KindFamily:
		return p.takeFamily(r)
	case pmfile.KindSeries:
		return p.takeSeries(r)
	case pmfile.KindChunk:
		return p.takeChunk(r)
	case pmfile.KindExemplar:
		return p.takeExemplar(r)
	case pmfile.KindAddends:
		return p.takeAddends(r)
	case pmfile.KindAbsorbed:
		names, ok := pmfile.ParseAbsorbed(r.Payload)
		p.absorbed = append(p.absorbed, names...)
		return contents(ok)
	}
	return ""
}

// contents is the reason when the contents of a record are not right.
func contents(ok bool) string {
	if !ok {
		return pmfile.ReasonContents
	}
	return ""
}

func (p *parser) takeFamily(r *pmfile.Record) string {
	family, ok := pmfile.ParseFamily(r.Payload)
	if !ok {
		return pmfile.ReasonContents
	}
	p.families[r.Offset] = len(p.content.families)
	p.content.families = append(p.content.families, declared{family, r.Payload})
	return ""
}

func (p *parser) takeSeries(r *pmfile.Record) string {
	offset, ok := pmfile.SeriesFamily(r.Payload)
	if !ok {
		return pmfile.ReasonContents
	}
	family, ok := p.families[offset]
	if !ok {
		return pmfile.ReasonReference
	}
	var labels pmfile.Series
	f := p.content.families[family]
	if !labels.Parse(r.Payload, len(f.LabelNames)) || r.CellRoom() < pmfile.SeriesCellsBefore+f.Values() {
		return pmfile.ReasonContents
	}
	p.series[r.Offset] = len(p.content.series)
	p.content.series = append(p.content.series, counted{family: family, payload: r.Payload, cells: r.Cells})
	return ""
}

// owner returns the series at an offset, or nil.
func (p *parser) owner(offset int) *counted {
	if i, ok := p.series[offset]; ok {
		return &p.content.series[i]
	}
	return nil
}

func (p *parser) takeChunk(r *pmfile.Record) string {
	c, ok := pmfile.ParseChunk(r.Payload)
	if !ok {
		return pmfile.ReasonContents
	}
	s := p.owner(c.Series)
	if s == nil || !p.content.families[s.family].Native {
		return pmfile.ReasonReference
	}
	s.chunks = append(s.chunks, chunk{place{c.Schema, c.Number, c.Negative}, r.Cells})
	return ""
}

func (p *parser) takeExemplar(r *pmfile.Record) string {
	e, ok := pmfile.ParseExemplar(r.Payload)
	if !ok || !e.Fits(r.CellRoom()) {
		return pmfile.ReasonContents
	}
	s := p.owner(e.Series)
	if s == nil {
		return pmfile.ReasonReference
	}
	s.exemplars = append(s.exemplars, exemplar{e.Slot, span{r.Cells, r.CellRoom()}})
	return ""
}

func (p *parser) takeAddends(r *pmfile.Record) string {
	offset, ok := pmfile.ParseAddends(r.Payload)
	if !ok {
		return pmfile.ReasonContents
	}
	s := p.owner(offset)
	if s == nil || p.content.families[s.family].FloatValue() < 0 {
		return pmfile.ReasonReference
	}
	s.addends = append(s.addends, span{r.Cells, r.CellRoom()})
	return ""
}
