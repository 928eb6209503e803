package main

import (
	"errors"
	"sync"
	"time"
)

// pool hands out server processes and keeps some started ahead: imports done, waiting on stdin. A session that
// gets one of those saves the whole start-up time of the server.
type pool struct {
	spawn   func() (*child, error)
	spares  int
	health  *health
	metrics *metrics

	mu       sync.Mutex
	idle     []*child
	inUse    int
	closed   bool
	failures int           // ahead processes that failed in a row
	settle   time.Duration // how long one must live to count as started

	wake    chan struct{}
	stopped chan struct{}
}

const (
	// minSettle is what an ahead process must survive before the pod says that it is ready.
	minSettle = time.Second
	maxSettle = 30 * time.Second
	// crashAge: a server that ends unasked before this age has crashed; later it has just left, as on an idle timeout.
	crashAge   = 10 * time.Second
	minBackoff = 250 * time.Millisecond
	maxBackoff = 30 * time.Second
)

var errClosing = errors.New("shutting down")

func newPool(spawn func() (*child, error), spares int, h *health, m *metrics) *pool {
	return &pool{
		spawn: spawn, spares: spares, health: h, metrics: m, settle: minSettle,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
}

// run keeps processes started ahead until close.
func (p *pool) run() {
	defer close(p.stopped)
	for {
		delay, closed := p.fill()
		if closed {
			return
		}
		retry := time.NewTimer(delay)
		if delay == 0 {
			retry.Stop()
		}
		select {
		case <-p.wake:
		case <-retry.C:
			p.startAhead()
		}
		retry.Stop()
	}
}

// fill starts what is missing. While the server fails it only says how long to wait before the next try.
func (p *pool) fill() (retryIn time.Duration, closed bool) {
	for {
		p.mu.Lock()
		missing, failures, closed := p.missing(), p.failures, p.closed
		p.mu.Unlock()
		switch {
		case closed:
			return 0, true
		case missing <= 0:
			return 0, false
		case failures > 0:
			return min(minBackoff<<min(failures-1, 10), maxBackoff), false
		}
		p.startAhead()
	}
}

// setIdle is called with the lock held.
func (p *pool) setIdle(idle []*child) {
	p.idle = idle
	p.metrics.ahead.Store(int64(len(idle)))
}

func (p *pool) missing() int {
	want := p.spares
	if p.inUse == 0 {
		want = max(1, p.spares)
	}
	return want - len(p.idle)
}

func (p *pool) startAhead() {
	p.mu.Lock()
	missing := p.missing()
	p.mu.Unlock()
	if missing <= 0 {
		return
	}
	c, err := p.start()
	p.mu.Lock()
	tooLate := p.closed
	switch {
	case err != nil:
		p.failures++
	case !tooLate:
		p.setIdle(append(p.idle, c))
	}
	p.mu.Unlock()
	if err == nil && tooLate {
		// close waits for run, and so for this: nothing may outlive the bridge.
		c.terminate(0)
	}
}

// take gives a session its process: one from ahead, or a fresh one.
func (p *pool) take() (*child, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosing
	}
	p.inUse++
	for len(p.idle) > 0 {
		c := p.idle[0]
		p.setIdle(p.idle[1:])
		if c.isGone() {
			c.release()
			continue
		}
		p.mu.Unlock()
		p.metrics.aheadHits.Add(1)
		p.poke()
		return c, nil
	}
	p.mu.Unlock()
	p.metrics.aheadMisses.Add(1)
	c, err := p.start()
	if err != nil {
		p.giveBack()
	}
	return c, err
}

// giveBack ends a session's claim. Its process is gone: a process never serves a second session.
func (p *pool) giveBack() {
	p.mu.Lock()
	p.inUse--
	p.mu.Unlock()
	p.poke()
}

func (p *pool) poke() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// start starts one process and watches it to its end.
func (p *pool) start() (*child, error) {
	c, err := p.spawn()
	if err != nil {
		name := "other"
		var start *startError
		if errors.As(err, &start) && start.Errno != "" {
			name = start.Errno
		}
		p.metrics.spawnFailures.add(name, 1)
		p.health.fail("cannot start server: " + err.Error())
		return nil, err
	}
	p.metrics.spawns.Add(1)
	go p.watch(c)
	return c, nil
}

func (p *pool) watch(c *child) {
	p.mu.Lock()
	settle := p.settle
	p.mu.Unlock()
	if !c.endsWithin(settle) {
		p.works()
		<-c.done
	}
	p.metrics.exits.add(exitLabel(c), 1)
	wasIdle := p.forget(c)
	if wasIdle {
		c.release()
	}
	if c.unasked && !c.answered.Load() && c.lived < crashAge {
		p.crashed(c)
	}
	p.poke()
}

// works is called when a process has lived long enough, or has answered.
func (p *pool) works() {
	p.mu.Lock()
	p.failures = 0
	p.settle = minSettle
	p.mu.Unlock()
	p.health.ok()
	p.poke()
}

// crashed makes the next process prove itself for longer than this one lived, so that a server that dies
// after three seconds of imports is not called ready for two of them again and again.
func (p *pool) crashed(c *child) {
	p.mu.Lock()
	// With other sessions open, one that dies says more about its client than about the server.
	others := p.inUse > 1
	if !others {
		p.failures++
		p.settle = min(max(p.settle, 2*c.lived), maxSettle)
	}
	p.mu.Unlock()
	if !others {
		p.health.fail(c.ending().Message)
	}
}

// forget takes an ended process out of the idle ones, and tells whether it was there.
func (p *pool) forget(c *child) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.idle {
		if other == c {
			p.setIdle(append(p.idle[:i], p.idle[i+1:]...))
			return true
		}
	}
	return false
}

// close ends what waits idle; processes in use belong to their sessions.
func (p *pool) close(grace time.Duration) {
	p.mu.Lock()
	p.closed = true
	idle := append([]*child(nil), p.idle...)
	p.mu.Unlock()
	p.poke()
	<-p.stopped
	for _, c := range idle {
		c.terminate(grace)
	}
}
