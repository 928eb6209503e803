package main

import (
	"fmt"
	"sync"
)

// gate counts the sessions that are open, up to a limit, and can be closed for good.
type gate struct {
	mu     sync.Mutex
	inside int
	closed bool
	empty  chan struct{} // closed when the gate is closed and the last session has left
}

func newGate() *gate { return &gate{empty: make(chan struct{})} }

func (g *gate) enter(limit int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return errClosing
	case g.inside >= limit:
		return fmt.Errorf("too many sessions: %d are open", g.inside)
	}
	g.inside++
	return nil
}

func (g *gate) exit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.signal()
}

// close lets nobody in any more; the channel closes when nobody is left.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.signal()
	return g.empty
}

func (g *gate) signal() {
	if g.closed && g.inside == 0 {
		close(g.empty)
	}
}
