package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// terminationLog is where the kubelet looks for a container's last words; it shows them in `kubectl describe`.
const terminationLog = "/dev/termination-log"

// maxTermination is how much of them it takes.
const maxTermination = 4096

// verdict is what `check` finds out: can this command be executed here, by this user, and does it speak MCP?
type verdict struct {
	OK bool `json:"ok"`
	// Stage is where it failed: resolve, exec, initialize or list.
	Stage string `json:"stage,omitempty"`
	Error string `json:"error,omitempty"`
	Errno string `json:"errno,omitempty"`
	// Path is the file that was executed, or was not.
	Path     string      `json:"path,omitempty"`
	UID      int         `json:"uid"`
	GID      int         `json:"gid"`
	Server   *serverInfo `json:"serverInfo,omitempty"`
	Protocol string      `json:"protocolVersion,omitempty"`
	Tools    []string    `json:"tools,omitempty"`
	Millis   int64       `json:"durationMs"`
	// Stderr is the line of it that says best what went wrong.
	Stderr string `json:"stderr,omitempty"`
}

type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type checkOptions struct {
	json        bool
	timeout     time.Duration
	grace       time.Duration
	maxLine     int
	termination string
	argv        []string
}

// runCheck prints one verdict on stdout. Exit codes: 0 it works, 1 it does not, 2 wrong command line.
func runCheck(args []string) int {
	opts, err := parseCheckOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		logf("%v", err)
		return exitUsage
	}
	v := check(opts)
	text, _ := json.Marshal(v)
	writeTermination(opts.termination, v, text)
	if opts.json {
		fmt.Println(string(text))
	} else {
		fmt.Println(v)
	}
	if v.OK {
		return 0
	}
	return exitFailed
}

func parseCheckOptions(args []string) (o checkOptions, err error) {
	fs := flag.NewFlagSet("mcpk-bridge check", flag.ContinueOnError)
	fs.BoolVar(&o.json, "json", false, "print the verdict as JSON")
	fs.DurationVar(&o.timeout, "timeout", 20*time.Second, "how long the server may take for everything")
	fs.DurationVar(&o.grace, "grace", 2*time.Second, "how long the server may take to end before the next, harder signal")
	fs.IntVar(&o.maxLine, "max-line", 16<<20, "longest JSON-RPC message, in bytes")
	fs.StringVar(&o.termination, "termination-log", terminationLog, "file that gets the verdict too, if it is there")
	fs.SetOutput(os.Stderr)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), usage, "\nflags of check:\n")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	o.argv = fs.Args()
	if len(o.argv) == 0 || o.argv[0] == "" {
		return o, errors.New("check needs the server's command after `--`")
	}
	return o, nil
}

// check starts the server as `serve` would, asks it for its tools, and ends it.
func check(opts checkOptions) verdict {
	begin := time.Now()
	v := verdict{Stage: "exec", Path: findProgram(opts.argv[0]), UID: os.Geteuid(), GID: os.Getegid()}
	c, err := startChild(opts.argv, newReaper())
	if err != nil {
		v.refused(err)
		v.Millis = time.Since(begin).Milliseconds()
		return v
	}
	talk := newConversation(c, opts)
	err = v.ask(talk)
	if err != nil {
		v.Error = talk.explain(err)
		v.Stderr = c.stderr.reason()
	} else {
		v.OK, v.Stage = true, ""
	}
	c.stop(opts.grace)
	c.release()
	v.Millis = time.Since(begin).Milliseconds()
	return v
}

func (v *verdict) refused(err error) {
	v.Error = err.Error()
	var start *startError
	if errors.As(err, &start) {
		v.Errno = start.Errno
		if start.Errno == "ENOENT" && !strings.Contains(v.Path, "/") {
			v.Stage = "resolve"
		}
	}
}

// ask has the conversation that every client begins with.
func (v *verdict) ask(talk *conversation) error {
	v.Stage = "initialize"
	var hello struct {
		ProtocolVersion string
		ServerInfo      serverInfo
		Capabilities    struct{ Tools *struct{} }
	}
	params := `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"mcpk-bridge","version":"` + version + `"}}`
	if err := talk.call("initialize", params, &hello); err != nil {
		return err
	}
	v.Protocol, v.Server = hello.ProtocolVersion, &hello.ServerInfo
	talk.write(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if hello.Capabilities.Tools == nil {
		return nil
	}
	v.Stage = "list"
	return v.list(talk)
}

// maxPages ends a list that a server does not end.
const maxPages = 1000

func (v *verdict) list(talk *conversation) error {
	params := `{}`
	for range maxPages {
		var page struct {
			Tools      []struct{ Name string }
			NextCursor *string
		}
		if err := talk.call("tools/list", params, &page); err != nil {
			return err
		}
		for _, tool := range page.Tools {
			v.Tools = append(v.Tools, tool.Name)
		}
		if page.NextCursor == nil {
			return nil
		}
		cursor, _ := json.Marshal(*page.NextCursor)
		params = `{"cursor":` + string(cursor) + `}`
	}
	return errors.New("the pages of tools/list do not end")
}

// String is the verdict for people.
func (v verdict) String() string {
	if v.OK {
		return fmt.Sprintf("ok: %s %s, protocol %s, %d tools, in %d ms", v.Server.Name, v.Server.Version, v.Protocol,
			len(v.Tools), v.Millis)
	}
	text := fmt.Sprintf("fails at %s: %s", v.Stage, v.Error)
	if v.Stderr != "" && !strings.Contains(v.Error, v.Stderr) {
		text += "; it said: " + v.Stderr
	}
	return text
}

// writeTermination leaves the verdict where the kubelet finds it. Outside of a pod there is no such file, and none
// is made. What is too long is cut in its parts, so that it stays JSON.
func writeTermination(path string, v verdict, text []byte) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return
	}
	defer file.Close()
	if len(text) > maxTermination {
		// Each byte of these may become six of JSON.
		const most = maxTermination / 6 / 4
		v.Tools = nil
		for _, field := range []*string{&v.Error, &v.Path, &v.Stderr} {
			*field = (*field)[:min(len(*field), most)]
		}
		text, _ = json.Marshal(v)
	}
	file.Write(text)
}
