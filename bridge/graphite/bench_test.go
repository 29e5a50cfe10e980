package graphite_test

import (
	"context"
	"io"
	"net"
	"testing"

	"polymeter.dev/bridge/graphite"
)

// BenchmarkPush collects and sends series that are known from before.
func BenchmarkPush(b *testing.B) {
	for name, protocol := range map[string]graphite.Protocol{"plaintext": graphite.Plaintext, "pickle": graphite.Pickle} {
		b.Run(name, func(b *testing.B) {
			const series = 10_000
			bridge, err := graphite.New("carbon:2003", guarded{collecting(many(series))}, &graphite.Options{
				Tags: true, Protocol: protocol,
				Dial: func(context.Context, string, string) (net.Conn, error) {
					client, server := pipe()
					go func() {
						io.Copy(io.Discard, server)
						server.Close()
					}()
					return client, nil
				},
			})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := bridge.Push(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/series, "ns/sample")
		})
	}
}
