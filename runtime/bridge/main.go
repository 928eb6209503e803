// mcpk-bridge puts one stdio MCP server on a TCP port: newline-delimited JSON-RPC, one server process per connection.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

// version is set by the linker.
var version = "dev"

const usage = `usage:
  mcpk-bridge serve [flags] -- COMMAND [ARG...]   put a stdio MCP server on TCP
  mcpk-bridge check [flags] -- COMMAND [ARG...]   say whether that server can be started here and speaks MCP
  mcpk-bridge ready [--health ADDR]               probe: exit 0 if the server here is ready, else say why not
  mcpk-bridge install DIR                         copy this program to DIR/mcpk-bridge
  mcpk-bridge version
`

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "serve":
		return runServe(args[1:])
	case "check":
		return runCheck(args[1:])
	case "ready":
		return runReady(args[1:])
	case "install":
		return runInstall(args[1:])
	case "version", "--version":
		fmt.Println("mcpk-bridge " + version)
		return 0
	case "help", "--help", "-h":
		fmt.Print(usage)
		return 0
	}
	fmt.Fprintf(os.Stderr, "mcpk-bridge: unknown command %q\n%s", args[0], usage)
	return exitUsage
}

func runServe(args []string) int {
	opts, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		logf("%v", err)
		return exitUsage
	}
	if err := serve(opts); err != nil {
		logf("%v", err)
		return exitFailed
	}
	return 0
}
