// STAND-IN for docker-mcp-bridge, written for the end-to-end tests of mcpk from a
// description of its behaviour. It is not Docker's program and shares no code with
// it. It keeps, on purpose, the faults that tests must see:
//   - it listens first, so the pod is Ready whether or not the server can start;
//   - every connection, a TCP probe's too, starts one more server process;
//   - the server's stderr is dropped;
//   - a connection stays open when its server could not start or has ended;
//   - no limits, no authentication, no health, no signals.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
)

const address = ":4444"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: docker-mcp-bridge COMMAND [ARGUMENTS] (stand-in)")
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "stand-in bridge, not Docker's: listening on", address)
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		go serve(connection)
	}
}

// left holds connections that a collector of garbage would close: the real one stays open.
var left = make(chan net.Conn, 1<<16)

func serve(connection net.Conn) {
	server := exec.Command(os.Args[1], os.Args[2:]...)
	server.Stdin, server.Stdout = connection, connection
	if err := server.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "Error running command:", err)
	}
	left <- connection
}
