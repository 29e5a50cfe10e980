package main

import (
	"strconv"
	"strings"
	"time"
)

// shownTime shows a time with what a person wants to know of it.
func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// printable escapes what could make a terminal do something else than show it.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// printables escapes each of several texts.
func printables(texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = printable(text)
	}
	return all
}

// joined returns numbers with a separator between them.
func joined(numbers []jsonNumber, separator string) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = n.String()
	}
	return strings.Join(texts, separator)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
