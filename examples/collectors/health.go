package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"polymeter.dev/metric"
)

// healthCollector asks other services whether they are there.
type healthCollector struct {
	services map[string]string // the URL of each service by its name
}

// health is the answer of one service.
type health struct {
	up   bool
	took time.Duration
}

// Collect implements [metric.Collector]. It asks all services at once, so that
// a slow one does not hold up the others, and gives up when the scrape does.
func (c *healthCollector) Collect(ctx context.Context, emit func(metric.Family) error) error {
	names := slices.Sorted(maps.Keys(c.services))
	answers := make([]health, len(names))
	var asking sync.WaitGroup
	for i, name := range names {
		asking.Go(func() { answers[i] = ask(ctx, c.services[name]) })
	}
	asking.Wait()

	up := metric.NewGaugeFamily("external_service_up", "External service availability.", "service")
	took := metric.NewGaugeFamily("external_service_response_time_seconds", "Response time.", "service")
	for i, name := range names {
		if !answers[i].up {
			up.Add(0, name)
			continue
		}
		up.Add(1, name)
		took.Add(answers[i].took.Seconds(), name)
	}
	return metric.EmitAll(emit, up, took)
}

// ask takes any response as a sign of life.
func ask(ctx context.Context, url string) health {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", http.NoBody)
	if err != nil {
		return health{}
	}
	start := time.Now()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return health{}
	}
	response.Body.Close()
	return health{up: true, took: time.Since(start)}
}
