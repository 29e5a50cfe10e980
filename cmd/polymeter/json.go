package main

import (
	"encoding/json"
	"io"
)

// writeObject writes a JSON object in one line, in which "<" and the like stay
// readable.
func writeObject(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
