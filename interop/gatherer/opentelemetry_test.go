package gatherer_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"polymeter.dev"
	"polymeter.dev/collectors"
)

// TestOpenTelemetry shows what a program counts with OpenTelemetry's SDK.
func TestOpenTelemetry(t *testing.T) {
	t.Parallel()
	gathered := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(gathered))
	if err != nil {
		t.Fatal(err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	defer provider.Shutdown(context.Background())
	jobs, err := provider.Meter("test").Int64Counter("jobs", metric.WithDescription("Jobs done."))
	if err != nil {
		t.Fatal(err)
	}
	jobs.Add(t.Context(), 3)

	registry := polymeter.NewRegistry(nil)
	if err := registry.Register(collectors.FromGatherer(gathered)); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, registry)
	if !slices.ContainsFunc(page, func(l string) bool { return strings.HasPrefix(l, "jobs_total{") && strings.Contains(l, "} 3") }) {
		t.Errorf("no jobs_total in\n%s", strings.Join(page, "\n"))
	}
}
