// Package scrape collects the pages of other processes and makes one page of them: of
// the containers of a pod, of services on one machine, of workers that have no directory
// to share.
//
//	c, err := scrape.New(&scrape.Options{Targets: []scrape.Target{
//		{URL: "http://localhost:8001/metrics"},
//		{URL: "http://localhost:8002/metrics"},
//	}})
//	http.Handle("/metrics", metrichttp.Handler(c, nil))
//
// Every series has a label that says where it is from, or, with Options.Merge, the
// values of all processes are added up. A target that is slow, gone, or sends nonsense
// loses its own metrics and is named in an error and a metric; all others are shown.
package scrape
