package polymeter_test

import (
	"testing"
	"testing/synctest"
	"time"

	"polymeter.dev"
)

func TestCounterReset(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := polymeter.NewRegistry(nil)
		c, err := r.NewCounter(polymeter.CounterOpts{Name: "jobs"})
		if err != nil {
			t.Fatal(err)
		}
		c.Add(2)
		c.Add(0.5)
		begun, _ := r.SampleValue("jobs_created", nil)
		time.Sleep(time.Minute)
		c.Reset()
		if v := c.Value(); v != 0 {
			t.Errorf("the value is %v after Reset", v)
		}
		if again, _ := r.SampleValue("jobs_created", nil); again != begun+60 {
			t.Errorf("the start is %v after Reset, was %v a minute before", again, begun)
		}
		c.Inc()
		if v := c.Value(); v != 1 {
			t.Errorf("the value is %v after Reset and Inc", v)
		}
	})
	new(polymeter.Counter).Reset() // does not panic
}
