package graphite

// Protocol is a way to talk to carbon.
type Protocol uint8

const (
	// Plaintext is a line of text for each sample, over TCP. Its port is
	// usually 2003.
	Plaintext Protocol = iota
	// Pickle is many samples at once in the format of Python's pickle, over
	// TCP, which carbon reads faster. Its port is usually 2004.
	Pickle
	// UDP is a line of text for each sample, over UDP. Whether they arrive is not
	// known: they count as written once they are sent. Its port is usually 2003,
	// and carbon listens there only when told so.
	UDP
)

// network is what a connection is made over.
func (p Protocol) network() string {
	if p == UDP {
		return "udp"
	}
	return "tcp"
}
