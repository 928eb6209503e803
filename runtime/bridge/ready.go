package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// runReady asks the bridge of this container whether its server is ready. As an exec probe it makes the reason part
// of the pod's events, and so of `kubectl describe`: of an HTTP probe the kubelet keeps nothing but the status.
func runReady(args []string) int {
	fs := flag.NewFlagSet("mcpk-bridge ready", flag.ContinueOnError)
	fs.SetOutput(os.Stderr)
	address := fs.String("health", "127.0.0.1:4445", "where the bridge's health port is")
	if err := fs.Parse(args); err != nil || fs.NArg() > 0 {
		return exitUsage
	}
	ready, body, err := askReady(*address)
	if err != nil {
		fmt.Printf("the bridge does not answer: %v\n", err)
		return exitFailed
	}
	fmt.Println(strings.TrimSpace(body))
	if !ready {
		return exitFailed
	}
	return 0
}

func askReady(address string) (ready bool, body string, err error) {
	conn, err := net.DialTimeout("tcp", address, healthTimeout)
	if err != nil {
		return false, "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(healthTimeout))
	io.WriteString(conn, "GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	answer, err := io.ReadAll(io.LimitReader(conn, maxHead))
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	return strings.HasPrefix(head, "HTTP/1.1 200 "), body, err
}
