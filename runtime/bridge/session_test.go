package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCrashInACall(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.send(`{"jsonrpc":"2.0","id":5,"method":"never"}`)
	c.send(`{"jsonrpc":"2.0","id":6,"method":"crash"}`)
	ids := map[string]bool{}
	for range 2 {
		r := c.receive()
		c.expectError(r, "server exited with code 3: crashing as asked")
		ids[string(r.ID)] = true
	}
	if !ids["5"] || !ids["6"] {
		t.Errorf("answered: %v", ids)
	}
	c.expectClosed()
	b.waitForMetric(`child_exits_total{code="3"}`, 1)
}

func TestKilledInACall(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.expectError(c.call("killed"), "server was ended by signal 9 (killed)")
	c.expectClosed()
}

func TestNoiseOnStdoutGoesToTheLog(t *testing.T) {
	b := startBridge(t, nil, serverArgv("noise")...)
	c := b.dial()
	if r := c.call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
	b.waitForLog(`(?m)^Welcome to the server!$`)
	b.waitForLog(`a log line that is JSON`)
	b.waitForMetric("diverted_lines_total", 2)
}

func TestHalfALineIsNoMessage(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.send(`{"jsonrpc":"2.0","method":"notifications/whole"}`)
	c.conn.Write([]byte(`{"jsonrpc":"2.0","method":"notifi`))
	c.conn.CloseWrite()
	c.expectClosed()
	b.waitForLog(`notifications/whole`)
	b.waitForMetric("sessions_open", 0)
	if strings.Count(b.logText(), "got:") != 1 {
		t.Errorf("the server got half a line:\n%s", b.logText())
	}
}

// printf '…' | nc HOST 4444
func TestLastMessageMayLackItsNewline(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.conn.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"delay"}`))
	c.conn.CloseWrite()
	if r := c.receive(); r.Result == nil {
		t.Errorf("got %+v", r)
	}
	c.expectClosed()
}

func TestTooLongMessages(t *testing.T) {
	b := startBridge(t, []string{"--max-line", "100000"}, serverArgv()...)
	c := b.dial()
	long := strings.Repeat(`y\"}`, 50000)
	// Ids first and last, as SDKs write them; an "id" further in is not the message's.
	c.send(`{"jsonrpc":"2.0","id":"a","method":"x","params":{"id":3,"v":"` + long + `"}}`)
	r := c.receive()
	c.expectError(r, "message of ", "is over the limit of 100000")
	if string(r.ID) != `"a"` {
		t.Errorf("id %s", r.ID)
	}
	c.send(`{"method":"x","params":{"v":"` + long + `","id":3},"jsonrpc":"2.0","id":42}`)
	if r := c.receive(); string(r.ID) != "42" {
		t.Errorf("id %s", r.ID)
	}
	c.send(`{"jsonrpc":"2.0","id":7,"method":"x","params":{"size":200000}}`)
	r = c.receive()
	c.expectError(r, "server's answer: message of ")
	if string(r.ID) != "7" {
		t.Errorf("id %s", r.ID)
	}
	if r := c.call("x"); r.Result == nil {
		t.Errorf("the session did not survive: %+v", r)
	}
}

func TestMemoryIsBoundedByTheLineLimit(t *testing.T) {
	b := startBridge(t, []string{"--max-line", "100000"}, serverArgv()...)
	b.waitForReady(200)
	before := residentKB(t, b.cmd.Process.Pid)
	c := b.dial()
	chunk := []byte(strings.Repeat("x", 1<<20))
	for range 30 {
		c.conn.Write(chunk)
	}
	c.send("")
	c.expectError(c.receive(), "over the limit")
	if grown := residentKB(t, b.cmd.Process.Pid) - before; grown > 10_000 {
		t.Errorf("grew by %d KB for a line of 30 MB", grown)
	}
}

func residentKB(t *testing.T, pid int) (kb int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			fmt.Sscan(rest, &kb)
		}
	}
	return kb
}

func TestConnectionsWithoutAByteStartNothing(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	b.waitForMetric("spawns_total", 1)
	for range 20 {
		b.dial().conn.Close()
	}
	silent := b.dial()
	// A session after them proves that the bridge has dealt with them.
	c := b.dial()
	c.call("x")
	if spawns, sessions := b.metric("spawns_total"), b.metric("sessions_total"); spawns != 1 || sessions != 1 {
		t.Errorf("%d processes, %d sessions", spawns, sessions)
	}
	if r := silent.call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
}

func TestSessionCap(t *testing.T) {
	b := startBridge(t, []string{"--max-sessions", "2"}, serverArgv()...)
	first := b.dial()
	first.call("x")
	b.dial().call("x")
	third := b.dial()
	third.expectError(third.call("x"), "too many sessions: 2 are open")
	third.expectClosed()
	first.conn.Close()
	b.waitForMetric("sessions_open", 1)
	if r := b.dial().call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
	if n := b.metric("sessions_rejected_total"); n != 1 {
		t.Errorf("%d rejected", n)
	}
}

func TestDrain(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	idle, busy := b.dial(), b.dial()
	idlePID := idle.call("x").Result.PID
	busy.send(`{"jsonrpc":"2.0","id":1,"method":"delay"}`)
	b.waitForMetric("sessions_open", 2)
	must(t, b.cmd.Process.Signal(syscall.SIGTERM))
	idle.expectClosed()
	r := busy.receive()
	if r.Result == nil {
		t.Fatalf("the request was cut off: %+v", r)
	}
	busy.expectClosed()
	<-b.exited
	if code := b.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if alive(idlePID) || alive(r.Result.PID) {
		t.Error("server processes were left behind")
	}
	if _, err := net.Dial("tcp", b.addr); err == nil {
		t.Error("still listening")
	}
}

func TestDrainEndsWhatDoesNotFinish(t *testing.T) {
	b := startBridge(t, []string{"--drain", "200ms", "--grace", "200ms"}, serverArgv("ignore-term")...)
	c := b.dial()
	pid := c.call("x").Result.PID
	c.send(`{"jsonrpc":"2.0","id":2,"method":"never"}`)
	until(t, "the request to arrive", func() bool { return b.metric(`bytes_total{direction="in"}`) > 60 })
	begin := time.Now()
	must(t, b.cmd.Process.Signal(syscall.SIGTERM))
	c.expectError(c.receive(), "ended by signal 9")
	<-b.exited
	if took := time.Since(begin); took > 8*time.Second {
		t.Errorf("took %v", took)
	}
	if alive(pid) {
		t.Error("the server was left behind")
	}
}

func TestStubbornServerEndsWithItsSession(t *testing.T) {
	b := startBridge(t, []string{"--grace", "100ms"}, serverArgv("ignore-term")...)
	c := b.dial()
	pid := c.call("x").Result.PID
	c.conn.Close()
	until(t, "the server to be killed", func() bool { return !alive(pid) })
	b.waitForMetric(`child_exits_total{code="137"}`, 1)
}

func TestOrphansAreReaped(t *testing.T) {
	b := startBridge(t, nil, serverArgv("leave-orphan")...)
	c := b.dial()
	c.call("x")
	// The orphan sleeps for a moment, then becomes a zombie of the bridge unless that reaps it.
	sawOrphan := false
	until(t, "the orphan to come and go", func() bool {
		children := childrenOf(t, b.cmd.Process.Pid)
		sawOrphan = sawOrphan || len(children) > 1
		return sawOrphan && len(children) == 1
	})
	if r := c.call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
}

func childrenOf(t *testing.T, pid int) (pids []string) {
	entries, err := os.ReadDir("/proc")
	must(t, err)
	for _, entry := range entries {
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == fmt.Sprint(pid) {
			pids = append(pids, entry.Name())
		}
	}
	return pids
}
