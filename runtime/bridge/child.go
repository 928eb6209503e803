package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// child is one process of the MCP server.
type child struct {
	pid      int
	reaper   *reaper
	stdin    *os.File
	stdout   *os.File
	stderr   *stderrPump
	started  time.Time
	stopping atomic.Bool // its end was asked for
	answered atomic.Bool // it has sent a JSON-RPC message

	done    chan struct{} // closed when the process is gone; then the fields below are set
	status  syscall.WaitStatus
	lived   time.Duration
	unasked bool
}

// startError says why a server could not be executed, and as whom.
type startError struct {
	Errno string `json:"errno"`
	Path  string `json:"path"`
	UID   int    `json:"uid"`
	GID   int    `json:"gid"`
	text  string
}

func (e *startError) Error() string {
	return fmt.Sprintf("%s (uid %d, gid %d)", e.text, e.UID, e.GID)
}

func (e *startError) rpc() *rpcError {
	return &rpcError{Code: codeServerError, Message: "server cannot start: " + e.Error(), Data: e}
}

func startChild(argv []string, r *reaper) (*child, error) {
	files, err := openPipes()
	if err != nil {
		return nil, newStartError(argv[0], err)
	}
	defer files.closeChildEnds()
	path := findProgram(argv[0])
	cmd := &exec.Cmd{
		Path: path, Args: argv,
		Stdin: files.stdin[0], Stdout: files.stdout[1], Stderr: files.stderr[1],
		// A group of its own: what the server starts (npx, uvx, shells) ends with it.
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	c := &child{
		reaper: r, stdin: files.stdin[1], stdout: files.stdout[0],
		stderr: newStderrPump(files.stderr[0]), started: time.Now(), done: make(chan struct{}),
	}
	if err := r.start(cmd, c); err != nil {
		files.closeParentEnds()
		return nil, newStartError(path, err)
	}
	go c.stderr.run()
	return c, nil
}

// findProgram searches PATH as execvp does. Unlike exec.LookPath it answers with a file that may not be executed
// when that is all there is, so that the error is "permission denied" and not "not found".
func findProgram(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	denied := ""
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if found, err := exec.LookPath(path); err == nil {
			return found
		} else if errors.Is(err, os.ErrPermission) && denied == "" {
			denied = path
		}
	}
	if denied != "" {
		return denied
	}
	return name
}

func newStartError(path string, err error) *startError {
	e := &startError{Path: path, UID: os.Geteuid(), GID: os.Getegid(), text: err.Error()}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return e
	}
	e.Errno = errnoName(errno)
	info, statErr := os.Stat(path)
	switch {
	case errno == syscall.ENOENT && !strings.Contains(path, "/"):
		e.text += ": not found in PATH"
	case errno == syscall.ENOENT && statErr == nil && !info.IsDir():
		e.text += ": the file is there, the interpreter that it names is not"
	case errno == syscall.ENOEXEC:
		e.text += ": built for another CPU, or a script without #!"
	}
	return e
}

func errnoName(errno syscall.Errno) string {
	names := map[syscall.Errno]string{
		syscall.EACCES: "EACCES", syscall.ENOENT: "ENOENT", syscall.ENOEXEC: "ENOEXEC", syscall.EPERM: "EPERM",
		syscall.ENOMEM: "ENOMEM", syscall.EAGAIN: "EAGAIN", syscall.E2BIG: "E2BIG", syscall.ENOTDIR: "ENOTDIR",
		syscall.ELOOP: "ELOOP", syscall.ETXTBSY: "ETXTBSY", syscall.EMFILE: "EMFILE", syscall.ENFILE: "ENFILE",
	}
	if name, ok := names[errno]; ok {
		return name
	}
	return fmt.Sprintf("errno %d", int(errno))
}

// exited is called by the reaper, once.
func (c *child) exited(status syscall.WaitStatus) {
	c.status = status
	c.lived = time.Since(c.started)
	c.unasked = !c.stopping.Load()
	close(c.done)
}

// exitCode follows the shell: 128 and more for a signal.
func (c *child) exitCode() int {
	if c.status.Signaled() {
		return 128 + int(c.status.Signal())
	}
	return c.status.ExitStatus()
}

// ending is a sentence about a child that is gone.
func (c *child) ending() *rpcError {
	how := fmt.Sprintf("server exited with code %d", c.exitCode())
	data := map[string]any{"exitCode": c.exitCode()}
	if c.status.Signaled() {
		how = fmt.Sprintf("server was ended by signal %d (%s)", int(c.status.Signal()), c.status.Signal())
		data["signal"] = int(c.status.Signal())
	}
	if line := c.stderr.reason(); line != "" {
		how += ": " + line
		data["stderr"] = line
	}
	return &rpcError{Code: codeServerError, Message: how, Data: data}
}

// stop ends a server the way MCP asks for: close stdin, then SIGTERM, then SIGKILL, each after the grace time.
func (c *child) stop(grace time.Duration) {
	c.stopping.Store(true)
	c.stdin.Close()
	if c.endsWithin(grace) {
		return
	}
	c.terminate(grace)
}

// terminate is stop without the polite first step.
func (c *child) terminate(grace time.Duration) {
	c.stopping.Store(true)
	c.reaper.signal(c, syscall.SIGTERM)
	if c.endsWithin(grace) {
		return
	}
	c.reaper.signal(c, syscall.SIGKILL)
	<-c.done
}

func (c *child) endsWithin(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}

func (c *child) isGone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// release closes what is left open of a child that is gone.
func (c *child) release() {
	c.stdin.Close()
	c.stdout.Close()
}
