package main

import (
	"sync"
	"time"
)

// outbox holds what one client of a shared process has not read yet, so that it holds up nobody else.
type outbox struct {
	limit int // bytes, beside one message that may always wait

	mu     sync.Mutex
	lines  [][]byte
	size   int
	closed bool
	change chan struct{} // closed and replaced whenever something was added or taken
}

// pushLimit is how long a client that reads may take to make room.
const pushLimit = time.Second

func newOutbox(limit int) *outbox { return &outbox{limit: limit, change: make(chan struct{})} }

// push is false when there is no room, and none comes in time.
func (o *outbox) push(line []byte) bool {
	timer := time.NewTimer(pushLimit)
	defer timer.Stop()
	for {
		o.mu.Lock()
		if o.closed {
			o.mu.Unlock()
			return true
		}
		if o.size == 0 || o.size+len(line) <= o.limit {
			o.lines = append(o.lines, line)
			o.size += len(line)
			o.changed()
			o.mu.Unlock()
			return true
		}
		change := o.change
		o.mu.Unlock()
		select {
		case <-change:
		case <-timer.C:
			return false
		}
	}
}

// changed is called with the lock held.
func (o *outbox) changed() {
	close(o.change)
	o.change = make(chan struct{})
}

// close lets run end when everything is written.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.changed()
}

// run writes what comes, until close. A line counts as waiting until it has been written.
func (o *outbox) run(write func(line []byte)) {
	for {
		o.mu.Lock()
		if len(o.lines) == 0 {
			closed, change := o.closed, o.change
			o.mu.Unlock()
			if closed {
				return
			}
			<-change
			continue
		}
		line := o.lines[0]
		o.lines = o.lines[1:]
		o.mu.Unlock()
		write(line)
		o.mu.Lock()
		o.size -= len(line)
		o.changed()
		o.mu.Unlock()
	}
}
