package multiprocess

// publications is what collectors of this process compute.
type publications struct{}

func (s *Store) publish()     {}
func (s *Store) publishLast() {}
