package main

import (
	"bufio"
	"bytes"
	"os"
	"regexp"
	"sync"
	"time"
)

// stderrPump copies a server's stderr to the pod log, line by line, and remembers what it said last.
type stderrPump struct {
	file *os.File
	done chan struct{}

	mu        sync.Mutex
	last      string
	lastError string
}

// maxRemembered bounds the line that is quoted in errors.
const maxRemembered = 500

// The last line of a crash is not always the telling one: Node ends with its version, after a stack.
var looksLikeError = regexp.MustCompile(`(?i)(error|exception|fatal|panic|denied|not found|cannot)\b`)
var saysNothing = regexp.MustCompile(`^(Node\.js v[0-9.]+|[\s\W]*)$`)

func newStderrPump(file *os.File) *stderrPump {
	return &stderrPump{file: file, done: make(chan struct{})}
}

func (p *stderrPump) run() {
	defer close(p.done)
	defer p.file.Close()
	r := bufio.NewReaderSize(p.file, 8<<10)
	for {
		// A line longer than the buffer goes out in pieces: better than holding it.
		line, err := r.ReadSlice('\n')
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			writeLine(line)
			p.remember(line)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

func (p *stderrPump) remember(line []byte) {
	if saysNothing.Match(line) {
		return
	}
	text := string(bytes.TrimSpace(line[:min(len(line), maxRemembered)]))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = text
	// Indented lines are stack frames.
	if line[0] != ' ' && line[0] != '\t' && looksLikeError.MatchString(text) {
		p.lastError = text
	}
}

// reason is the line that says best why the server ended. It waits a moment for what is still in the pipe.
func (p *stderrPump) reason() string {
	select {
	case <-p.done:
	case <-time.After(200 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lastError != "" {
		return p.lastError
	}
	return p.last
}
