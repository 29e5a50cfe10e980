package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"polymeter.dev/exposition"
)

// A page that someone reads on purpose may be larger than one that comes over a
// network; these bounds keep a wrong file from taking all memory.
const (
	maxLineBytes = 1 << 30
	maxSamples   = 10_000_000
)

// How much of a page is looked at to find out its format: its beginning and, of a
// file, its end, where OpenMetrics has its mark.
const (
	headBytes = 64 << 10
	tailBytes = 4 << 10
)

// fromFlag adds the flag that says in which format a page is.
func fromFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("from", "auto", "format to read: text, openmetrics, openmetrics2, protobuf or json, or auto to find out")
}

// pageFrom is the format of pages that are read, or that it is to be found out.
type pageFrom struct {
	auto    bool
	format  exposition.Format
	lenient exposition.Leniency // for text
}

func parseFrom(name string) (pageFrom, error) {
	if name == "auto" {
		return pageFrom{auto: true}, nil
	}
	format, err := exposition.ParseFormat(name)
	if err != nil {
		return pageFrom{}, usagef("--from: %s, nor auto", message(err))
	}
	return pageFrom{format: format}, nil
}

// pageInput is a page that is about to be read.
type pageInput struct {
	name   string // for messages
	syntax exposition.Syntax
	reader io.Reader
	close  func()

	lenient exposition.Leniency // for text
}

// decoder returns the decoder of the page, which is strict unless it is told otherwise.
func (p *pageInput) decoder() (exposition.Decoder, error) {
	return exposition.NewDecoder(p.reader, p.syntax, &exposition.DecodeOptions{
		MaxLineBytes: maxLineBytes, MaxSamples: maxSamples, MaxFamilies: maxSamples,
		Lenient: p.lenient,
	})
}

// openFile opens a file, or standard input when its name is "-".
func (from pageFrom) openFile(stdin io.Reader, path string) (*pageInput, error) {
	input := &pageInput{name: shownInput(path), close: func() {}}
	source := stdin
	if path != "-" {
		file, err := openPage(path)
		if err != nil {
			return nil, err
		}
		source, input.close = file, func() { file.Close() }
	}
	buffered := bufio.NewReaderSize(&namedReader{source, input.name}, headBytes)
	input.reader, input.syntax = buffered, from.format.Syntax
	if !from.auto {
		return input, nil
	}
	head, err := buffered.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		input.close()
		return nil, err
	}
	input.syntax = exposition.Detect(sampled(head, tailOf(source)))
	return input, nil
}

// shownInput is what an argument is called in messages, which have no password.
func shownInput(arg string) string {
	switch {
	case arg == "-":
		return "stdin"
	case !isURL(arg):
		return arg
	}
	address, err := url.Parse(arg)
	if err != nil {
		return "a URL"
	}
	return address.Redacted()
}

// openPage opens a file, which may be a pipe, but not a directory.
func openPage(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutOperation(err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, fmt.Errorf("%s: is a directory", path)
	}
	return file, nil
}

// tailOf returns the last bytes of a file that is longer than a head. Of
// anything else, such as a pipe, they are not known.
func tailOf(source io.Reader) []byte {
	file, ok := source.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() <= headBytes {
		return nil
	}
	tail := make([]byte, tailBytes)
	n, _ := file.ReadAt(tail, info.Size()-int64(len(tail))) // without them the head has to do
	return tail[:n]
}

// sampled joins the head and the tail of a page to one page, without the lines
// that are cut. A page that has no lines is left as it is.
func sampled(head, tail []byte) []byte {
	if len(head) < headBytes {
		return head
	}
	end := bytes.LastIndexByte(head, '\n') + 1
	if end == 0 {
		return head
	}
	begin := bytes.IndexByte(tail, '\n') + 1
	return append(head[:end:end], tail[begin:]...)
}

// inputError is an input that cannot be read.
type inputError struct {
	name string
	err  error
}

func (e *inputError) Error() string { return e.name + ": " + e.err.Error() }

func (e *inputError) Unwrap() error { return e.err }

// namedReader says which input it is that cannot be read.
type namedReader struct {
	reader io.Reader
	name   string
}

func (r *namedReader) Read(p []byte) (int, error) {
	n, err := r.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // which does not name the input once more
		}
		err = &inputError{r.name, err}
	}
	return n, err
}
