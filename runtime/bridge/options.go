package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// options is what the command line of `serve` says.
type options struct {
	listen      string
	health      string
	maxSessions int
	maxLine     int
	spares      int
	shared      bool
	drain       time.Duration
	grace       time.Duration
	stall       time.Duration
	argv        []string
}

func parseOptions(args []string) (options, error) {
	var o options
	fs := flag.NewFlagSet("mcpk-bridge serve", flag.ContinueOnError)
	fs.StringVar(&o.listen, "listen", ":4444", "address for MCP sessions")
	fs.StringVar(&o.health, "health", ":4445", "address for /healthz, /readyz and /metrics")
	fs.IntVar(&o.maxSessions, "max-sessions", 64, "sessions open at the same time")
	fs.IntVar(&o.maxLine, "max-line", 16<<20, "longest JSON-RPC message, in bytes")
	fs.IntVar(&o.spares, "spares", 0, "server processes kept started beyond the open sessions (one while none is open)")
	fs.BoolVar(&o.shared, "shared", false, "one server process for all sessions, for servers that keep nothing about their client")
	fs.DurationVar(&o.drain, "drain", 10*time.Second, "how long requests may finish after SIGTERM")
	fs.DurationVar(&o.grace, "grace", 2*time.Second, "how long a server may take to end before the next, harder signal")
	fs.DurationVar(&o.stall, "stall", 30*time.Second, "how long a client may leave a message unread")
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), usage, "\nflags of serve:\n")
		fs.PrintDefaults()
	}
	fs.SetOutput(os.Stderr)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.argv = fs.Args()
	return o, o.check()
}

func (o options) check() error {
	switch {
	case len(o.argv) == 0 || o.argv[0] == "":
		return errors.New("serve needs the server's command after `--`")
	case o.maxSessions < 1:
		return errors.New("--max-sessions must be at least 1")
	case o.maxLine < 1024:
		return errors.New("--max-line must be at least 1024")
	case o.stall <= 0:
		return errors.New("--stall must be above 0")
	case o.spares < 0:
		return errors.New("--spares must not be negative")
	}
	return nil
}
