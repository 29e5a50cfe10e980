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

func ExampleOpenMetrics2Decoder() {
	page := strings.NewReader(`# TYPE lat_seconds histogram
lat_seconds {count:3,sum:0.7,bucket:[0.1:1,0.5:3,+Inf:3]} # {} 0.3
lat_seconds{path="/"} {count:3,sum:0.7,bucket:[0.1:1,0.5:3]}
# EOF
`)
	d := exposition.NewOpenMetrics2Decoder(page, nil)
	_, err := d.Next()
	fmt.Println(err)
	fmt.Println("exemplars left out, since they have no timestamp:", d.DroppedExemplars())
	// Output:
	// exposition: line 3, column 59: there is no bucket +Inf
	// exemplars left out, since they have no timestamp: 1
}
