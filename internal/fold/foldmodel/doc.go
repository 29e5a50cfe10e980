// Package foldmodel is.
package foldmodel
