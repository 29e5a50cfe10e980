package lint

import (
	"strings"
	"unicode"
)

// words splits a name where it has anything but letters and digits, and where
// capitals show that a word begins, and returns the parts in lower case.
func words(name string) []string {
	var split []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			split = append(split, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if i > 0 && unicode.IsUpper(r) {
			smallNext := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && smallNext {
				end() // requestSize, HTTPRequests
			}
		}
		word.WriteRune(r)
	}
	end()
	return split
}

// partWords are last words that say which part of a metric a series is, or that
// follow from its type.
var partWords = map[string]bool{
	"total": true, "info": true, "created": true, "bucket": true,
	"count": true, "sum": true, "gcount": true, "gsum": true,
}

// stem returns the words of a name without those at its end that say which part
// of a metric it is.
func stem(words []string) []string {
	for len(words) > 1 && partWords[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return words
}

// snakeCase tells whether a name consists of lower-case words with single
// underscores, or anything else that has no case, between them.
func snakeCase(name string) bool {
	return name != "" && name[0] != '_' && name[len(name)-1] != '_' && !strings.Contains(name, "__") &&
		strings.IndexFunc(name, unicode.IsUpper) < 0
}

// escaped tells whether a name that could be any text was made legacy by the
// escaping scheme "values"; its underscores are not anyone's choice.
func escaped(name string) bool { return strings.HasPrefix(name, "U__") }

// sameText tells whether two texts have the same letters and digits.
func sameText(a, b string) bool { return strings.EqualFold(lettersOf(a), lettersOf(b)) }

func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}
