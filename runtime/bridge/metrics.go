package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
)

// metrics are the figures of this bridge, in Prometheus' text format.
type metrics struct {
	open, sessions, rejected atomic.Int64
	spawns, diverted         atomic.Int64
	ahead, aheadHits         atomic.Int64
	aheadMisses, dropped     atomic.Int64
	bytesIn, bytesOut        atomic.Int64
	spawnFailures, exits     labelled
}

// labelled is a counter per value of one label.
type labelled struct {
	mu     sync.Mutex
	counts map[string]int64
}

func (l *labelled) add(label string, n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]int64{}
	}
	l.counts[label] += n
}

func (l *labelled) snapshot() map[string]int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.counts)
}

func exitLabel(c *child) string { return strconv.Itoa(c.exitCode()) }

func (m *metrics) write(w io.Writer, ready bool) {
	gauge := func(name, help string, value int64) { single(w, name, help, "gauge", value) }
	counter := func(name, help string, value int64) { single(w, name, help, "counter", value) }
	isReady := int64(0)
	if ready {
		isReady = 1
	}
	gauge("ready", "1 if the server can be started.", isReady)
	gauge("sessions_open", "Sessions open now.", m.open.Load())
	counter("sessions_total", "Sessions since start.", m.sessions.Load())
	counter("sessions_rejected_total", "Connections refused because too many were open.", m.rejected.Load())
	counter("spawns_total", "Server processes started.", m.spawns.Load())
	counter("clients_dropped_total", "Clients that did not read what they were sent.", m.dropped.Load())
	gauge("ahead_processes", "Server processes started ahead that wait for a session.", m.ahead.Load())
	counter("ahead_hits_total", "Sessions that got a process started ahead.", m.aheadHits.Load())
	counter("ahead_misses_total", "Sessions that had to wait for theirs to start.", m.aheadMisses.Load())
	counter("diverted_lines_total", "Lines on the server's stdout that were no JSON-RPC.", m.diverted.Load())
	perLabel(w, "spawn_failures_total", "Server processes that could not be started.", "errno", m.spawnFailures.snapshot())
	perLabel(w, "child_exits_total", "Server processes that ended; 128 and more means by a signal.", "code", m.exits.snapshot())
	perLabel(w, "bytes_total", "Bytes from (in) and to (out) clients.", "direction",
		map[string]int64{"in": m.bytesIn.Load(), "out": m.bytesOut.Load()})
}

func single(w io.Writer, name, help, kind string, value int64) {
	head(w, name, help, kind)
	fmt.Fprintf(w, "mcpk_bridge_%s %d\n", name, value)
}

func perLabel(w io.Writer, name, help, label string, counts map[string]int64) {
	head(w, name, help, "counter")
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "mcpk_bridge_%s{%s=%q} %d\n", name, label, value, counts[value])
	}
}

func head(w io.Writer, name, help, kind string) {
	fmt.Fprintf(w, "# HELP mcpk_bridge_%s %s\n# TYPE mcpk_bridge_%s %s\n", name, help, name, kind)
}
