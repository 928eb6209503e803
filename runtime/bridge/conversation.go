package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// conversation is the client's side of MCP, one request at a time.
type conversation struct {
	child   *child
	lines   *lineReader
	timeout time.Duration
	grace   time.Duration
	nextID  int
}

func newConversation(c *child, opts checkOptions) *conversation {
	deadline := time.Now().Add(opts.timeout)
	c.stdout.SetReadDeadline(deadline)
	c.stdin.SetWriteDeadline(deadline)
	lines := &lineReader{r: bufio.NewReaderSize(c.stdout, 16<<10), max: opts.maxLine}
	return &conversation{child: c, lines: lines, timeout: opts.timeout, grace: opts.grace}
}

func (t *conversation) write(line string) error {
	_, err := t.child.stdin.Write([]byte(line + "\n"))
	return err
}

// call waits for the answer and reads it into result. What a server asks meanwhile is answered: ping with a result,
// anything else with an error, as from a client that can do nothing.
func (t *conversation) call(method, params string, result any) error {
	t.nextID++
	id := strconv.Itoa(t.nextID)
	// An error here is the end of the server: reading will say more.
	t.write(`{"jsonrpc":"2.0","id":` + id + `,"method":"` + method + `","params":` + params + `}`)
	for {
		line, err := t.lines.next()
		if err != nil {
			return err
		}
		messages, ok := parseMessages(line)
		if !ok {
			divert(line)
			continue
		}
		for _, m := range messages {
			if m.isRequest() {
				t.answer(m)
			} else if string(m.ID) == id {
				return readAnswer(line, method, result)
			}
		}
	}
}

func (t *conversation) answer(m envelope) {
	if m.Method == "ping" {
		t.write(`{"jsonrpc":"2.0","id":` + string(m.ID) + `,"result":{}}`)
		return
	}
	refusal := &rpcError{Code: -32601, Message: "method not found: " + m.Method}
	t.child.stdin.Write(refusal.answer(m.ID))
}

func readAnswer(line []byte, method string, result any) error {
	var answer struct {
		Result json.RawMessage
		Error  *rpcError
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		return fmt.Errorf("the answer to %s: %w", method, err)
	}
	if answer.Error != nil {
		return fmt.Errorf("%s is answered with error %d: %s", method, answer.Error.Code, answer.Error.Message)
	}
	if err := json.Unmarshal(answer.Result, result); err != nil {
		return fmt.Errorf("the result of %s: %w", method, err)
	}
	return nil
}

// explain says what an error of call means: a server that has ended says most itself.
func (t *conversation) explain(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("no answer within %v", t.timeout)
	}
	var tooLong *lineTooLong
	if errors.As(err, &tooLong) {
		return "server's answer: " + tooLong.Error()
	}
	if t.child.endsWithin(t.grace) {
		return t.child.ending().Message
	}
	return err.Error()
}
