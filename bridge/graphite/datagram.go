package graphite

import (
	"context"
	"fmt"
	"net"
	"time"

	"polymeter.dev/internal/sending"
)

const (
	maxDatagram = 1400 // bytes, which pass through most networks in one piece
	burstSize   = 20   // datagrams, which fit into the buffer of a socket
	burstPause  = time.Millisecond
)

// sendDatagrams sends the batch in datagrams of whole lines, with pauses that let the
// receiver read: what does not fit into its buffer vanishes.
func (b *Bridge) sendDatagrams(ctx context.Context, conn net.Conn) error {
	datagram := b.encoded[:0]
	sent := 0
	flush := func() error {
		sent++
		if sent%burstSize == 0 {
			if err := sending.Wait(ctx, burstPause); err != nil {
				return fmt.Errorf("graphite: %w", err)
			}
		}
		if _, err := conn.Write(datagram); err != nil {
			return fmt.Errorf("graphite: %w", err)
		}
		return nil
	}
	for i := range b.items {
		start := len(datagram)
		datagram = appendLine(datagram, &b.items[i])
		if start > 0 && len(datagram) > maxDatagram {
			line := datagram[start:]
			datagram = datagram[:start]
			if err := flush(); err != nil {
				return err
			}
			datagram = append(datagram[:0], line...)
		}
	}
	if err := flush(); err != nil {
		return err
	}
	b.encoded = datagram
	// Where nobody listens, the system says so at the next opportunity: this is one.
	datagram = nil
	return flush()
}
