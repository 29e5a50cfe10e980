package exact

// Sums are many exact sums side by side, made for adding to each of them a few
// times. They may not be used concurrently.
//
// Most terms are whole numbers, whose sums are exact as they are: then adding is
// three more operations and a comparison. What rounding takes away goes to a
// second float, and what that one loses, which hardly happens, to a Sum.
type Sums struct {
	high, low []float64
	lowest    map[uint32]*Sum
}

// Reset makes it n sums that are zero.
func (s *Sums) Reset(n int) {
	s.high, s.low = zeros(s.high, n), zeros(s.low, n)
	clear(s.lowest)
}

func zeros(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// CopyFrom makes the sums those of another.
func (s *Sums) CopyFrom(other *Sums) {
	s.high = append(s.high[:0], other.high...)
	s.low = append(s.low[:0], other.low...)
	clear(s.lowest)
	for i, sum := range other.lowest {
		s.sumOf(i).Merge(sum)
	}
}

// Len returns the number of sums.
func (s *Sums) Len() int { return len(s.high) }

// Add adds x to sum i.
func (s *Sums) Add(i uint32, x float64) {
	sum, rest := twoSum(s.high[i], x)
	s.high[i] = sum
	if rest != 0 { // or NaN
		s.keep(i, sum, rest)
	}
}

// AddAll adds values, each to the sum of its number.
func (s *Sums) AddAll(numbers []uint32, values []float64) {
	high := s.high
	values = values[:len(numbers)]
	for k, i := range numbers {
		sum, rest := twoSum(high[i], values[k])
		high[i] = sum
		if rest != 0 {
			s.keep(i, sum, rest)
		}
	}
}

// keep takes what rounding took away from sum i, of which the rest cannot be
// told when it is not finite.
func (s *Sums) keep(i uint32, sum, rest float64) {
	if !finite(sum) {
		return
	}
	low, lowest := twoSum(s.low[i], rest)
	s.low[i] = low
	if lowest != 0 {
		s.sumOf(i).Add(lowest)
	}
}

func (s *Sums) sumOf(i uint32) *Sum {
	sum := s.lowest[i]
	if sum == nil {
		if s.lowest == nil {
			s.lowest = make(map[uint32]*Sum)
		}
		sum = new(Sum)
		s.lowest[i] = sum
	}
	return sum
}

// Value returns the float64 nearest to sum i.
func (s *Sums) Value(i uint32) float64 {
	lowest := s.lowest[i]
	if lowest == nil || !finite(s.high[i]) {
		return s.high[i] + s.low[i]
	}
	var all Sum
	all.Merge(lowest)
	all.Add(s.low[i])
	all.Add(s.high[i])
	return all.Value()
}
