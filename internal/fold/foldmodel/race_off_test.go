//go:build !race

package foldmodel

const raceDetector = false
