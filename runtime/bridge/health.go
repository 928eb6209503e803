package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// health is what the kubelet is told about the server behind the bridge.
type health struct {
	mu       sync.Mutex
	ready    bool
	stopping bool
	reason   string
}

func newHealth() *health {
	return &health{reason: "starting the server"}
}

func (h *health) ok() { h.set(true, "") }

// fail logs a reason each time it occurs: retries come seldom enough.
func (h *health) fail(reason string) {
	logf("%s", reason)
	h.set(false, reason)
}

// stop is final: whatever happens to processes while the bridge ends, it is not ready.
func (h *health) stop() {
	h.set(false, "stopping")
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

func (h *health) set(ready bool, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.stopping {
		h.ready, h.reason = ready, reason
	}
}

func (h *health) state() (ready bool, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready, h.reason
}

// healthServer speaks just enough HTTP for probes and Prometheus. net/http would double the size of the binary,
// which every server pod copies, for three fixed answers.
type healthServer struct {
	health  *health
	metrics *metrics
}

const (
	healthTimeout = 5 * time.Second
	maxHead       = 16 << 10
)

func serveHealth(addr string, h *health, m *metrics) (listener net.Listener, err error) {
	listener, err = net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	srv := healthServer{h, m}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go srv.answer(conn)
		}
	}()
	return listener, nil
}

// answer serves one request and closes.
func (srv healthServer) answer(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(healthTimeout))
	head := bufio.NewReader(io.LimitReader(conn, maxHead))
	request, err := head.ReadString('\n')
	for line := request; err == nil && strings.TrimSpace(line) != ""; {
		line, err = head.ReadString('\n')
	}
	if err != nil {
		return
	}
	status, body := "405 Method Not Allowed", "only GET\n"
	method, target, _ := strings.Cut(request, " ")
	if method == "GET" || method == "HEAD" {
		path, _, _ := strings.Cut(strings.Fields(target + " /")[0], "?")
		status, body = srv.page(path)
	}
	fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"+
		"Content-Length: %d\r\nConnection: close\r\n\r\n", status, len(body))
	if method != "HEAD" {
		io.WriteString(conn, body)
	}
}

func (srv healthServer) page(path string) (status, body string) {
	const ok = "200 OK"
	ready, reason := srv.health.state()
	switch path {
	case "/healthz":
		return ok, "ok\n"
	case "/readyz":
		if ready {
			return ok, "ok\n"
		}
		return "503 Service Unavailable", "not ready: " + reason + "\n"
	case "/metrics":
		var text strings.Builder
		srv.metrics.write(&text, ready)
		return ok, text.String()
	}
	return "404 Not Found", "not found\n"
}
