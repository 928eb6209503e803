package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// maxResidentKB is what a bridge may take whatever a server or a client does: some lines of the limit at once.
const maxResidentKB = 100 << 10

func TestServerFloodsStdout(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.conn.SetDeadline(time.Now().Add(time.Minute))
	other := b.dial()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"flood"}`)
	until(t, "the flood", func() bool { return b.metric("diverted_lines_total") > 0 })
	if r := other.call("x"); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	if r := c.receive(); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	if kb := residentKB(t, b.cmd.Process.Pid); kb > maxResidentKB {
		t.Errorf("%d KB", kb)
	}
	if lines := b.metric("diverted_lines_total"); lines < 1000 {
		t.Errorf("%d lines diverted", lines)
	}
}

func TestServerAnswersWithFiftyMegabytes(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"size":52428800}}`)
	c.expectError(c.receive(), "over the limit of 16777216")
	if r := c.call("x"); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	if kb := residentKB(t, b.cmd.Process.Pid); kb > maxResidentKB {
		t.Errorf("%d KB", kb)
	}
}

func TestClientThatNeverReadsIsDropped(t *testing.T) {
	b := startBridge(t, []string{"--stall", "300ms"}, serverArgv()...)
	greedy, other := b.dial(), b.dial()
	must(t, greedy.conn.SetReadBuffer(4096))
	for range 20 {
		greedy.send(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"size":4000000}}`)
	}
	b.waitForMetric("clients_dropped_total", 1)
	b.waitForLog("client dropped: it has not read for 300ms")
	if r := other.call("x"); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	b.waitForMetric("sessions_open", 1)
}

func TestClientsThatVanishLeaveNothing(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	b.waitForReady(200)
	b.dial().call("x")
	before := descriptors(t, b.cmd.Process.Pid)
	for i := range 30 {
		c := b.dial()
		c.send(`{"jsonrpc":"2.0","id":1,"method":"never"}`)
		if i%2 == 0 {
			// A reset instead of an end.
			must(t, c.conn.SetLinger(0))
		}
		c.conn.Close()
	}
	b.waitForMetric("sessions_total", 31)
	b.waitForMetric("sessions_open", 1)
	until(t, "the processes to end", func() bool { return len(childrenOf(t, b.cmd.Process.Pid)) <= 2 })
	until(t, fmt.Sprintf("%d descriptors", before), func() bool { return descriptors(t, b.cmd.Process.Pid) <= before })
}

func TestClientThatHalfClosesGetsItsAnswers(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"delay"}`)
	must(t, c.conn.CloseWrite())
	if r := c.receive(); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	c.expectClosed()
}

func TestAThousandConnectionsWithoutAByte(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	b.waitForMetric("spawns_total", 1)
	before := descriptors(t, b.cmd.Process.Pid)
	var conns []net.Conn
	for range 1000 {
		conn, err := net.Dial("tcp", b.addr)
		must(t, err)
		conns = append(conns, conn)
	}
	for _, conn := range conns {
		conn.Close()
	}
	// A session can be had at once: those who say nothing take no place of those who do.
	until(t, "a session", func() bool {
		conn, err := net.Dial("tcp", b.addr)
		must(t, err)
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(time.Second))
		io.WriteString(conn, `{"jsonrpc":"2.0","id":1,"method":"x"}`+"\n")
		n, _ := conn.Read(make([]byte, 10))
		return n > 0
	})
	b.waitForMetric("sessions_open", 0)
	until(t, "the descriptors to close", func() bool { return descriptors(t, b.cmd.Process.Pid) <= before+3 })
	if spawns := b.metric("spawns_total"); spawns > 3 {
		t.Errorf("%d processes", spawns)
	}
}

func TestServerThatEndsAfterLongSilence(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	c := b.dial()
	pid := c.call("x").Result.PID
	// Nothing is asked, nothing is said; then it is gone. The client must not find out with its next request only.
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	c.expectClosed()
	if r := b.dial().call("x"); r.Result == nil {
		t.Fatalf("got %+v", r)
	}
	if n := b.metric(`child_exits_total{code="137"}`); n != 1 {
		t.Errorf("%d exits", n)
	}
}

func TestSigtermUnderLoad(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	var clients []*client
	var pids []int
	for range 20 {
		c := b.dial()
		pids = append(pids, c.call("x").Result.PID)
		clients = append(clients, c)
	}
	for _, c := range clients {
		for id := range 5 {
			c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"delay"}`, id+2))
		}
	}
	until(t, "the requests to arrive", func() bool { return b.metric(`bytes_total{direction="in"}`) >= 20*(38+5*42) })
	must(t, b.cmd.Process.Signal(syscall.SIGTERM))
	for _, c := range clients {
		for range 5 {
			if r := c.receive(); r.Result == nil {
				t.Fatalf("got %+v", r)
			}
		}
		c.expectClosed()
	}
	<-b.exited
	for _, pid := range pids {
		if alive(pid) {
			t.Errorf("process %d was left behind", pid)
		}
	}
}

func TestAheadMetrics(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	b.waitForMetric("ahead_processes", 1)
	b.dial().call("x")
	b.dial().call("x")
	if hits, misses := b.metric("ahead_hits_total"), b.metric("ahead_misses_total"); hits != 1 || misses != 1 {
		t.Errorf("%d hits, %d misses", hits, misses)
	}
}

func descriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	must(t, err)
	return len(entries)
}
