//go:build race

package foldmodel

// raceDetector makes everything slow, and has nothing to find here.
const raceDetector = true
