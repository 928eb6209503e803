package main

import (
	"encoding/json"
	"sync"
)

// pending are the requests of one session that the server has not answered.
type pending struct {
	mu    sync.Mutex
	ids   map[string]struct{}
	empty chan struct{} // gets a token whenever the last one is answered
}

// maxPending bounds memory against a client that asks without end; requests beyond it are served, not tracked.
const maxPending = 4096

func newPending() *pending {
	return &pending{ids: map[string]struct{}{}, empty: make(chan struct{}, 1)}
}

func (p *pending) add(id json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ids) < maxPending {
		p.ids[string(id)] = struct{}{}
	}
}

func (p *pending) remove(id json.RawMessage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.ids[string(id)]; !known {
		return
	}
	delete(p.ids, string(id))
	if len(p.ids) == 0 {
		select {
		case p.empty <- struct{}{}:
		default:
		}
	}
}

// takeAll empties the set.
func (p *pending) takeAll() []json.RawMessage {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []json.RawMessage
	for id := range p.ids {
		ids = append(ids, json.RawMessage(id))
	}
	clear(p.ids)
	return ids
}

func (p *pending) isEmpty() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.ids) == 0
}

// wait returns when every request is answered, or when one of the given channels closes.
func (p *pending) wait(done, giveUp <-chan struct{}) {
	for !p.isEmpty() {
		select {
		case <-p.empty:
		case <-done:
			return
		case <-giveUp:
			return
		}
	}
}
