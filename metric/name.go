package metric

// The legacy grammars of names, from before names could be any UTF-8
// (https://prometheus.io/docs/concepts/data_model/).
const (
	legacyMetricGrammar = "[a-zA-Z_:][a-zA-Z0-9_:]*"
	legacyLabelGrammar  = "[a-zA-Z_][a-zA-Z0-9_]*"
)

// nameKind says which grammar a name follows. Its value is the bit that
// nameChars has set for the characters legal in such a name; the next higher
// bit is set for those that may also come first.
type nameKind uint8

const (
	labelName  nameKind = 1 << 0
	metricName nameKind = 1 << 2
)

// Sets of bits for nameChars.
const (
	letter = labelName | labelName<<1 | metricName | metricName<<1
	digit  = labelName | metricName
	colon  = metricName | metricName<<1
)

var nameChars = [256]nameKind{
	'0': digit, '1': digit, '2': digit, '3': digit, '4': digit,
	'5': digit, '6': digit, '7': digit, '8': digit, '9': digit,
	':': colon,
	'A': letter, 'B': letter, 'C': letter, 'D': letter, 'E': letter, 'F': letter, 'G': letter,
	'H': letter, 'I': letter, 'J': letter, 'K': letter, 'L': letter, 'M': letter, 'N': letter,
	'O': letter, 'P': letter, 'Q': letter, 'R': letter, 'S': letter, 'T': letter, 'U': letter,
	'V': letter, 'W': letter, 'X': letter, 'Y': letter, 'Z': letter,
	'_': letter,
	'a': letter, 'b': letter, 'c': letter, 'd': letter, 'e': letter, 'f': letter, 'g': letter,
	'h': letter, 'i': letter, 'j': letter, 'k': letter, 'l': letter, 'm': letter, 'n': letter,
	'o': letter, 'p': letter, 'q': letter, 'r': letter, 's': letter, 't': letter, 'u': letter,
	'v': letter, 'w': letter, 'x': letter, 'y': letter, 'z': letter,
}

// IsLegacyMetricName reports whether name can stand unquoted as a metric name
// in every text format: [a-zA-Z_:][a-zA-Z0-9_:]*.
func IsLegacyMetricName(name string) bool { return metricName.isLegacy(name) }

// IsLegacyLabelName reports whether name can stand unquoted as a label name in
// every text format: [a-zA-Z_][a-zA-Z0-9_]*. Unlike a metric name it has no
// colon. Whether the name is reserved is another question; see
// [Validation.CheckLabelName].
func IsLegacyLabelName(name string) bool { return labelName.isLegacy(name) }

func (k nameKind) isLegacy(name string) bool {
	return name != "" && k.legacyPrefix(name) == len(name)
}

// legacyPrefix returns how many bytes of name come before its first illegal
// character.
func (k nameKind) legacyPrefix(name string) int {
	if name == "" || nameChars[name[0]]&(k<<1) == 0 {
		return 0
	}
	for i := 1; i < len(name); i++ {
		if nameChars[name[i]]&k == 0 {
			return i
		}
	}
	return len(name)
}

// allows reports whether r is legal in a name, or as its first character.
func (k nameKind) allows(r rune, first bool) bool {
	if first {
		k <<= 1
	}
	return uint32(r) < uint32(len(nameChars)) && nameChars[r]&k != 0
}

// String returns what the kind is called in error messages.
func (k nameKind) String() string {
	if k == metricName {
		return "metric name"
	}
	return "label name"
}

func (k nameKind) grammar() string {
	if k == metricName {
		return legacyMetricGrammar
	}
	return legacyLabelGrammar
}
