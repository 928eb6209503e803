package main

import (
	"bufio"
	"errors"
	"fmt"
)

// eachLine reads what a server writes, to its end.
func eachLine(c *child, max int, take func(line []byte), tooLong func(*lineTooLong)) {
	lines := &lineReader{r: bufio.NewReaderSize(c.stdout, 16<<10), max: max}
	for {
		line, err := lines.next()
		var long *lineTooLong
		if errors.As(err, &long) {
			tooLong(long)
			continue
		}
		if len(line) > 0 {
			take(line)
		}
		if err != nil {
			return
		}
	}
}

// copyOut takes the server's messages to the client, and everything else on its stdout to the pod log.
func (s *session) copyOut() { eachLine(s.child, s.srv.opts.maxLine, s.relay, s.dropLong) }

func (s *session) relay(line []byte) {
	messages, ok := parseMessages(line)
	if !ok {
		s.srv.metrics.diverted.Add(1)
		divert(line)
		return
	}
	if s.child.answered.CompareAndSwap(false, true) {
		s.srv.pool.works()
	}
	// Errors show up as the end of copyIn.
	s.send(append(line, '\n'))
	for _, m := range messages {
		if m.isResponse() {
			s.pending.remove(m.ID)
		}
	}
}

// maxDiverted is how much of a line that is no message goes to the log: a dump of megabytes would push out the rest.
const maxDiverted = 4 << 10

func divert(line []byte) {
	if len(line) > maxDiverted {
		line = fmt.Appendf(line[:maxDiverted:maxDiverted], "... (%d bytes)", len(line))
	}
	writeLine(line)
}

// dropLong replaces an answer that is too long by an error; a request or log line of that size is only logged.
func (s *session) dropLong(e *lineTooLong) {
	logf("dropped from the server: %v", e)
	if e.id == nil || e.call {
		s.srv.metrics.diverted.Add(1)
		return
	}
	s.send((&rpcError{Code: codeServerError, Message: "server's answer: " + e.Error()}).answer(e.id))
	s.pending.remove(e.id)
}
