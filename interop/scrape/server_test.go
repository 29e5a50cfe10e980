package scrape_test

import (
	"testing"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/util/teststorage"
)

func TestX(t *testing.T) {
	_ = config.Load
	_ = scrape.NewManager
	_ = teststorage.New
}
