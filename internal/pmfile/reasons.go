package pmfile

// The reasons of damage. There are few of them, so that they can stand in a
// label.
const (
	reasonShort    = "shorter than its header"
	reasonMagic    = "not a file of this format"
	reasonOrder    = "written in another byte order"
	reasonHeader   = "header does not match its checksum"
	reasonUsed     = "impossible number of bytes in use"
	reasonCut      = "shorter than its bytes in use"
	reasonSize     = "impossible size of a record"
	reasonChecksum = "record does not match its checksum"
	reasonKind     = "record of an unknown kind"

	// ReasonVersion is no damage in itself: a newer release can read the file.
	ReasonVersion = "written in a newer version of the format"

	// ReasonContents and ReasonReference are for [Walker.Reject].
	ReasonContents  = "record whose contents mean nothing"
	ReasonReference = "record that refers to no record of the kind it should"
	// ReasonVanishing and ReasonShrunk are for readers that come back.
	ReasonVanishing = "cut short while it was read"
	ReasonShrunk    = "lost records it had before"
)
