package graphite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

var (
	errEarly  = errors.New("graphite: the receiver closed the connection before it had everything")
	errAnswer = errors.New("graphite: something answers at the address, which Graphite never does")
)

// deliver sends the batch over a connection of its own. Without an error, the receiver
// has read all of it; over UDP it was sent.
func (b *Bridge) deliver(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.options.Timeout)
	defer cancel()
	conn, err := b.options.Dial(ctx, b.options.Protocol.network(), b.address)
	if err != nil {
		return fmt.Errorf("graphite: %w", err)
	}
	defer conn.Close() // which tells nothing that is not known by then
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if b.options.Protocol == UDP {
		return b.sendDatagrams(ctx, conn)
	}
	return b.sendStream(conn)
}

// sendStream writes the batch, ends this side of the connection, and waits until the
// receiver does the same. A program that reads what has come before it sees the end of
// a connection cannot have missed any of it then; one that closes a connection with
// something unread, or is killed, resets it.
func (b *Bridge) sendStream(conn net.Conn) error {
	closer, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("graphite: the connection %T has no method CloseWrite", conn)
	}
	ended := make(chan error, 1)
	go func() { ended <- readEnd(conn) }()
	if err := b.write(conn); err != nil {
		conn.Close() // ends the reading, too
		return errors.Join(fmt.Errorf("graphite: %w", err), reason(<-ended))
	}
	select {
	case err := <-ended:
		if err == nil {
			err = errEarly
		}
		return err
	default:
	}
	if err := closer.CloseWrite(); err != nil {
		conn.Close() // as above
		<-ended
		return fmt.Errorf("graphite: %w", err)
	}
	if err := <-ended; err != nil {
		return err
	}
	if unacknowledged(conn) > 0 {
		return errEarly // as what it has not taken will show it before long
	}
	return nil
}

// write writes the batch in the form of the protocol.
func (b *Bridge) write(conn net.Conn) error {
	b.encoded = b.encoded[:0]
	if b.options.Protocol == Pickle {
		b.encoded = appendPickles(b.encoded, b.items)
	} else {
		for i := range b.items {
			b.encoded = appendLine(b.encoded, &b.items[i])
		}
	}
	_, err := conn.Write(b.encoded)
	return err
}

// readEnd waits for the end of a connection that nothing comes from.
func readEnd(conn net.Conn) error {
	var one [1]byte
	n, err := conn.Read(one[:])
	switch {
	case n > 0:
		return errAnswer
	case errors.Is(err, io.EOF):
		return nil
	}
	return fmt.Errorf("graphite: %w", err)
}

// reason returns what explains why a connection could not be written to, if it does.
func reason(err error) error {
	if errors.Is(err, errAnswer) {
		return err
	}
	return nil
}
