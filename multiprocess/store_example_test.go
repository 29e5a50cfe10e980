//go:build unix

package multiprocess_test

import (
	"fmt"
	"os"

	"polymeter.dev/multiprocess"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "metrics")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := multiprocess.Open(dir, &multiprocess.Options{
		Identifier: func() string { return "worker-1" },
		Layout:     multiprocess.LayoutNewer,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Printf("%+v\n", store.Stats())
	// Output: {Files:0 Bytes:0 Series:0 Failures:0 Published:0 PublicationAge:0s PublishFailures:0 PublishLosses:0}
}

func ExampleMarkProcessDead() {
	dir, err := os.MkdirTemp("", "metrics")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := multiprocess.MarkProcessDead(dir, "4711"); err != nil {
		fmt.Println(err)
	}
	// Output:
}
