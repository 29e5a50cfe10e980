package exposition_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"polymeter.dev/exposition"
)

func ExampleJSONDecoder() {
	page := strings.NewReader(`{"name":"jobs","type":"counter","help":"Done.","samples":[{"name":"jobs_total","labels":{"queue":"mail"},"value":3}]}
{"name":"depth","type":"gauge","samples":[{"name":"depth","value":"2"}]}
`)
	d := exposition.NewJSONDecoder(page, nil)
	for {
		family, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(family.Desc().Type, family.Desc().Name)
	}
	// Output:
	// counter jobs
	// exposition: line 2, column 67: samples[0].value: "2" is not a number: only "NaN", "+Inf" and "-Inf" are strings
}

func ExampleDecoded() {
	page := strings.NewReader(`{"name":"jobs","type":"counter","help":"Done.","samples":[{"name":"jobs_total","labels":{"queue":"mail"},"value":3}]}`)
	c := exposition.Decoded(exposition.NewJSONDecoder(page, nil))
	if _, err := exposition.Write(context.Background(), os.Stdout, c, exposition.FormatOpenMetrics(), nil); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # TYPE jobs counter
	// # HELP jobs Done.
	// jobs_total{queue="mail"} 3
	// # EOF
}
