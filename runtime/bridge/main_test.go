package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary plays three parts: the tests, the bridge as a process of its own, and the MCP server behind it.
func TestMain(m *testing.M) {
	switch os.Getenv("MCPK_TEST_PART") {
	case "bridge":
		// What the bridge starts plays the server.
		os.Setenv("MCPK_TEST_PART", "server")
		os.Exit(run(os.Args[1:]))
	case "server":
		playServer(os.Args[1:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// playServer is a stdio MCP server whose flaws are named on its command line.
func playServer(flaws []string) {
	for _, flaw := range flaws {
		switch {
		case flaw == "crash-at-start":
			fmt.Fprintln(os.Stderr, "Traceback (most recent call last):\n  File \"x.py\"\nModuleNotFoundError: no x")
			os.Exit(7)
		case strings.HasPrefix(flaw, "crash-while="):
			if _, err := os.Stat(strings.TrimPrefix(flaw, "crash-while=")); err == nil {
				os.Exit(9)
			}
		case strings.HasPrefix(flaw, "slow-start="):
			delay, _ := time.ParseDuration(strings.TrimPrefix(flaw, "slow-start="))
			time.Sleep(delay)
		case strings.HasPrefix(flaw, "crash-after="):
			delay, _ := time.ParseDuration(strings.TrimPrefix(flaw, "crash-after="))
			time.AfterFunc(delay, func() { os.Exit(8) })
		case flaw == "noise":
			fmt.Println("Welcome to the server!")
			fmt.Println(`{"level":"info","msg":"a log line that is JSON"}`)
		case flaw == "ignore-term":
			signal.Ignore(syscall.SIGTERM)
			defer time.Sleep(time.Hour)
		case flaw == "leave-orphan":
			leaveOrphan()
		case flaw == "shared":
			answerLine = answerShared
		case strings.HasPrefix(flaw, "mcp"):
			answerLine = func(line string) { answerMCP(line, flaw) }
		}
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		answerLine(line)
	}
}

// leaveOrphan starts a process whose parent ends at once, so that it falls to the nearest reaper.
func leaveOrphan() {
	exec.Command("/bin/sh", "-c", "(exec setsid sleep 1) & exit 0").Run()
}

// answerLine is how the server plays: a plain echo, or MCP.
var answerLine = answerPlain

// answerMCP is a server with three tools on two pages, or one that fails in the way that its flaw says.
func answerMCP(line, flaw string) {
	var request struct {
		ID     json.RawMessage
		Method string
		Params struct{ Cursor *string }
	}
	if json.Unmarshal([]byte(line), &request) != nil || len(request.ID) == 0 || flaw == "mcp-silent" {
		return
	}
	result := func(text string) { fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":%s}\n", request.ID, text) }
	switch {
	case request.Method == "initialize":
		fmt.Println(`{"jsonrpc":"2.0","id":"of the server","method":"ping"}`)
		result(`{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"played","version":"1"}}`)
	case flaw == "mcp-refuses":
		fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32603,\"message\":\"not today\"}}\n", request.ID)
	case request.Params.Cursor == nil || flaw == "mcp-endless":
		result(`{"tools":[{"name":"one"},{"name":"two"}],"nextCursor":""}`)
	default:
		result(`{"tools":[{"name":"three"}]}`)
	}
}

func answerPlain(line string) {
	var request struct {
		ID     json.RawMessage
		Method string
		Params struct{ Size int }
	}
	if json.Unmarshal([]byte(line), &request) != nil || len(request.ID) == 0 {
		fmt.Fprintln(os.Stderr, "got:", strings.TrimSpace(line))
		return
	}
	switch request.Method {
	case "flood":
		// A gigabyte of what is no message.
		out := bufio.NewWriterSize(os.Stdout, 1<<20)
		noise := strings.Repeat("noise ", 10_000) + "\n"
		for sent := 0; sent < 1<<30; sent += len(noise) {
			out.WriteString(noise)
		}
		out.Flush()
	case "crash":
		fmt.Fprintln(os.Stderr, "crashing as asked")
		os.Exit(3)
	case "killed":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "never":
		return
	case "delay":
		// As SDKs do it: the end of stdin does not wait for requests under way.
		go func() {
			time.Sleep(300 * time.Millisecond)
			respond(request.ID, 0)
		}()
		return
	}
	respond(request.ID, request.Params.Size)
}

func respond(id json.RawMessage, size int) {
	padding := strings.Repeat("x", size)
	fmt.Printf("{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{\"pid\":%d,\"pad\":%q}}\n", id, os.Getpid(), padding)
}

// bridge is a running bridge process.
type bridge struct {
	t            *testing.T
	cmd          *exec.Cmd
	addr, health string
	exited       chan struct{}

	mu  sync.Mutex
	log strings.Builder
}

// startBridge runs `serve FLAGS -- ARGV` and waits until it listens.
func startBridge(t *testing.T, flags []string, argv ...string) *bridge {
	t.Helper()
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0"}, flags...)
	cmd := exec.Command(os.Args[0], append(append(args, "--"), argv...)...)
	cmd.Env = append(os.Environ(), "MCPK_TEST_PART=bridge")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, cmd, stderr)
}

func launch(t *testing.T, cmd *exec.Cmd, stderr io.Reader) *bridge {
	t.Helper()
	b := &bridge{t: t, cmd: cmd, exited: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			b.mu.Lock()
			b.log.WriteString(lines.Text() + "\n")
			b.mu.Unlock()
		}
		cmd.Wait()
		close(b.exited)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-b.exited:
		case <-time.After(10 * time.Second):
			t.Error("the bridge did not end")
			cmd.Process.Kill()
		}
	})
	listening := b.waitForLog(`on (127\.0\.0\.1:\d+), health on (127\.0\.0\.1:\d+)`)
	b.addr, b.health = listening[1], listening[2]
	return b
}

// serverArgv is a command that plays the server with the given flaws.
func serverArgv(flaws ...string) []string { return append([]string{os.Args[0]}, flaws...) }

// until polls a condition with a deadline.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (b *bridge) logText() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

func (b *bridge) waitForLog(pattern string) (match []string) {
	b.t.Helper()
	expression := regexp.MustCompile(pattern)
	defer func() {
		if match == nil {
			b.t.Logf("the log:\n%s", b.logText())
		}
	}()
	until(b.t, "log line "+pattern, func() bool {
		match = expression.FindStringSubmatch(b.logText())
		return match != nil
	})
	return match
}

// get asks the health port, by hand: the answer has to be good HTTP for the simplest client.
func (b *bridge) get(path string) (status int, body string) {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.health)
	if err != nil {
		b.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	all, _ := io.ReadAll(conn)
	head, body, _ := strings.Cut(string(all), "\r\n\r\n")
	status, _ = strconv.Atoi(strings.Fields(head + " 0 0")[1])
	return status, body
}

func (b *bridge) waitForReady(want int) (body string) {
	b.t.Helper()
	until(b.t, fmt.Sprintf("/readyz to say %d", want), func() bool {
		var status int
		status, body = b.get("/readyz")
		return status == want
	})
	return body
}

// metric is a sample's value; -1 if there is none.
func (b *bridge) metric(name string) int {
	b.t.Helper()
	_, body := b.get("/metrics")
	for line := range strings.Lines(body) {
		if value, found := strings.CutPrefix(line, "mcpk_bridge_"+name+" "); found {
			n, _ := strconv.Atoi(strings.TrimSpace(value))
			return n
		}
	}
	return -1
}

func (b *bridge) waitForMetric(name string, want int) {
	b.t.Helper()
	until(b.t, fmt.Sprintf("%s to be %d, is %d", name, want, b.metric(name)), func() bool { return b.metric(name) == want })
}

// client is one connection to a bridge.
type client struct {
	t     *testing.T
	conn  *net.TCPConn
	lines *bufio.Reader
}

type response struct {
	ID     json.RawMessage
	Result *struct {
		PID int
		Pad string
	}
	Error *struct {
		Code    int
		Message string
		Data    map[string]any
	}
}

func (b *bridge) dial() *client {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(15 * time.Second))
	return &client{b.t, conn.(*net.TCPConn), bufio.NewReader(conn)}
}

func (c *client) send(line string) { io.WriteString(c.conn, line+"\n") }

func (c *client) receive() (r response) {
	c.t.Helper()
	line, err := c.lines.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("no answer: %v", err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		c.t.Fatalf("%v in %q", err, line)
	}
	return r
}

func (c *client) call(method string) response {
	c.t.Helper()
	c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q}`, method))
	return c.receive()
}

func (c *client) expectClosed() {
	c.t.Helper()
	if line, err := c.lines.ReadString('\n'); err != io.EOF {
		c.t.Fatalf("expected the end, got %q, %v", line, err)
	}
}

func (c *client) expectError(r response, parts ...string) {
	c.t.Helper()
	if r.Error == nil {
		c.t.Fatalf("expected an error, got %+v", r)
	}
	for _, part := range parts {
		if !strings.Contains(r.Error.Message, part) {
			c.t.Errorf("%q is not in %q", part, r.Error.Message)
		}
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func tempFile(t *testing.T, mode os.FileMode) string {
	path := filepath.Join(t.TempDir(), "server")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
