package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"polymeter.dev/metric"
)

// database is the part of a database that the collector needs.
type database interface {
	Query(ctx context.Context, query string) ([]row, error)
}

type row struct {
	name  string
	value float64
}

// mockDatabase stands for a real one.
type mockDatabase struct{}

// Query returns the answers that the collector expects.
func (mockDatabase) Query(_ context.Context, query string) ([]row, error) {
	if query == connectionsQuery {
		return []row{{"Threads_connected", 25}}, nil
	}
	return []row{{"users", 1000}, {"orders", 500}, {"products", 200}}, nil
}

const (
	tablesQuery      = "SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = 'myapp'"
	connectionsQuery = "SHOW STATUS LIKE 'Threads_connected'"
)

// databaseCollector shows how full a database is and how much it has to do.
type databaseCollector struct {
	db database

	mu     sync.Mutex
	errors map[string]float64 // failed scrapes by the kind of error
}

// Collect implements [metric.Collector]. Without the database it shows what it
// still knows: how often that has happened.
func (c *databaseCollector) Collect(ctx context.Context, emit func(metric.Family) error) error {
	families, err := c.ask(ctx)
	if err != nil {
		c.note(err)
	}
	return metric.EmitAll(emit, append(families, c.failures())...)
}

// ask returns the families that the database could give before an error.
func (c *databaseCollector) ask(ctx context.Context) ([]metric.Family, error) {
	tables, err := c.db.Query(ctx, tablesQuery)
	if err != nil {
		return nil, err
	}
	rows := metric.NewGaugeFamily("database_table_rows", "Rows in database tables.", "table")
	for _, table := range tables {
		rows.Add(table.value, table.name)
	}

	status, err := c.db.Query(ctx, connectionsQuery)
	if err != nil {
		return []metric.Family{rows}, err
	}
	connections := metric.NewGaugeFamily("database_connections_active", "Active database connections.")
	for _, line := range status {
		connections.Add(line.value)
	}
	return []metric.Family{rows, connections}, nil
}

func (c *databaseCollector) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.errors == nil {
		c.errors = make(map[string]float64)
	}
	c.errors[fmt.Sprintf("%T", err)]++
}

func (c *databaseCollector) failures() metric.Family {
	c.mu.Lock()
	defer c.mu.Unlock()
	failed := metric.NewCounterFamily("database_collector_errors_total", "Database collector errors.", "error")
	for _, kind := range slices.Sorted(maps.Keys(c.errors)) {
		failed.Add(c.errors[kind], kind)
	}
	return failed
}
