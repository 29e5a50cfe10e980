package fold

// Sign makes the checksums of records right, as far as there are records; Seed
// returns a native file with a record of each kind.
var (
	Sign = sign
	Seed = seed
)
