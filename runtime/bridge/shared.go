package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

// shared keeps the one server process that all sessions use.
type shared struct {
	srv *server

	mu      sync.Mutex
	current *process
}

// process is a server process with many clients. The bridge has initialized it, as a client that can do nothing: what
// a server asks of its client cannot be asked of several.
type process struct {
	srv   *server
	child *child
	ready chan struct{} // closed when it is initialized, or could not be
	ended chan struct{} // closed when it is gone

	failure *rpcError // why it could not be initialized; set before ready closes
	hello   fields    // the result of initialize; set before ready closes

	in      sync.Mutex // one message at a time to the server
	mu      sync.Mutex // guards the rest
	lastID  int64
	calls   map[int64]*call
	members map[*member]struct{}
	watched map[string]map[*member]struct{} // subscribers by URI
}

// call is a request on its way. Its number is its id at the server, and its progress token there.
type call struct {
	member   *member         // nil: the bridge's own
	id       json.RawMessage // at the client
	token    json.RawMessage // at the client; nil: it wants no progress
	answered func(answer fields)
}

const initializeLimit = 60 * time.Second

// newestVersion is what the bridge asks for; servers answer with what they speak.
const newestVersion = "2025-11-25"

func newShared(srv *server) *shared { return &shared{srv: srv} }

// get is the running process, or a new one.
func (sh *shared) get() (*process, *rpcError) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.current != nil && !sh.current.hasEnded() {
		return sh.current, nil
	}
	c, err := sh.srv.pool.take()
	if err != nil {
		return nil, asRPC(err)
	}
	p := &process{
		srv: sh.srv, child: c, ready: make(chan struct{}), ended: make(chan struct{}),
		calls: map[int64]*call{}, members: map[*member]struct{}{}, watched: map[string]map[*member]struct{}{},
	}
	go p.read()
	go p.initialize()
	sh.current = p
	return p, nil
}

// stop ends the process, if there is one.
func (sh *shared) stop() {
	sh.mu.Lock()
	p := sh.current
	sh.mu.Unlock()
	if p == nil {
		return
	}
	p.child.stop(sh.srv.opts.grace)
	<-p.ended
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

func (p *process) initialize() {
	defer close(p.ready)
	answers := make(chan fields, 1)
	params := fields{
		"protocolVersion": json.RawMessage(strconv.Quote(newestVersion)),
		"capabilities":    json.RawMessage("{}"),
		"clientInfo":      json.RawMessage(`{"name":"mcpk-bridge","version":` + strconv.Quote(version) + `}`),
	}
	p.ask("initialize", params, func(answer fields) { answers <- answer })
	limit := time.NewTimer(initializeLimit)
	defer limit.Stop()
	select {
	case answer := <-answers:
		result, ok := readFields(answer["result"])
		if !ok {
			p.fail("server refuses to be initialized: " + string(answer["error"]))
			return
		}
		p.hello = result
		p.write(fields{"jsonrpc": json.RawMessage(`"2.0"`), "method": json.RawMessage(`"notifications/initialized"`)})
	case <-p.ended:
		p.failure = p.child.ending()
	case <-limit.C:
		p.fail(fmt.Sprintf("server has not answered initialize within %v", initializeLimit))
	}
}

// fail ends a process that cannot be used: the next session gets a new one.
func (p *process) fail(message string) {
	p.failure = &rpcError{Code: codeServerError, Message: message}
	go p.child.stop(p.srv.opts.grace)
}

// ask sends a request of the bridge's own.
func (p *process) ask(method string, params fields, answered func(fields)) {
	id := p.add(&call{answered: answered})
	p.write(fields{
		"jsonrpc": json.RawMessage(`"2.0"`), "id": number(id),
		"method": json.RawMessage(strconv.Quote(method)), "params": params.text(),
	})
}

func (p *process) write(message fields) { p.writeLine(message.line()) }

// writeLine ends a server that does not read: a line that was written in part cannot be taken back. Other errors show
// up as the end of the process.
func (p *process) writeLine(line []byte) {
	p.in.Lock()
	defer p.in.Unlock()
	p.child.stdin.SetWriteDeadline(time.Now().Add(p.srv.opts.stall))
	if _, err := p.child.stdin.Write(line); errors.Is(err, os.ErrDeadlineExceeded) {
		logf("server ended: it has not read for %v", p.srv.opts.stall)
		p.child.stdin.Close()
		go p.child.terminate(p.srv.opts.grace)
	}
}

func (p *process) add(c *call) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastID++
	p.calls[p.lastID] = c
	return p.lastID
}

// take removes a call, and is nil if the server makes up an id.
func (p *process) take(id json.RawMessage) *call {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.calls[n]
	delete(p.calls, n)
	if c != nil && c.member != nil && c.member.numbers[string(c.id)] == n {
		delete(c.member.numbers, string(c.id))
	}
	return c
}

// read takes the server's messages to whom they are for, until the process ends.
func (p *process) read() {
	lines := &lineReader{r: bufio.NewReaderSize(p.child.stdout, 16<<10), max: p.srv.opts.maxLine}
	for {
		line, err := lines.next()
		var tooLong *lineTooLong
		if errors.As(err, &tooLong) {
			p.dropLong(tooLong)
			continue
		}
		if len(line) > 0 {
			p.route(line)
		}
		if err != nil {
			break
		}
	}
	p.child.stop(p.srv.opts.grace)
	p.child.release()
	p.srv.pool.giveBack()
	close(p.ended)
}

func (p *process) route(line []byte) {
	messages, ok := messagesOf(line)
	if !ok {
		p.srv.metrics.diverted.Add(1)
		divert(line)
		return
	}
	if p.child.answered.CompareAndSwap(false, true) {
		p.srv.pool.works()
	}
	for _, message := range messages {
		switch {
		case message.isResponse():
			p.answer(message)
		case message.isRequest():
			p.refuse(message)
		default:
			p.notify(message)
		}
	}
}

func (p *process) answer(message fields) {
	c := p.take(message["id"])
	switch {
	case c == nil:
		logf("dropped from the server: an answer to no request (id %s)", message["id"])
	case c.member == nil:
		c.answered(message)
	default:
		message["id"] = c.id
		c.member.send(message.line())
		c.member.pending.remove(c.id)
	}
}

// refuse answers what the server asks of its client.
func (p *process) refuse(message fields) {
	if message.str("method") == "ping" {
		p.write(fields{"jsonrpc": json.RawMessage(`"2.0"`), "id": message["id"], "result": json.RawMessage("{}")})
		return
	}
	reason := &rpcError{Code: -32601, Message: "this server is shared by several clients: none of them can be asked"}
	p.writeLine(reason.answer(message["id"]))
}

func (p *process) notify(message fields) {
	params := message.object("params")
	switch message.str("method") {
	case "notifications/cancelled":
		// About a request of the server's own, and those are refused.
	case "notifications/progress":
		if m, token := p.wantsProgress(params["progressToken"]); m != nil {
			params["progressToken"] = token
			message["params"] = params.text()
			m.send(message.line())
		}
	default:
		line := message.line()
		for _, m := range p.readers(message.str("method"), params.str("uri")) {
			m.send(line)
		}
	}
}

func (p *process) wantsProgress(token json.RawMessage) (*member, json.RawMessage) {
	n, err := strconv.ParseInt(string(token), 10, 64)
	if err != nil {
		return nil, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.calls[n]
	if c == nil || c.token == nil {
		return nil, nil
	}
	return c.member, c.token
}

// readers are those who get a notification: everybody, or who has subscribed to that very resource. A server may
// also tell of something inside of a resource; that goes to everybody.
func (p *process) readers(method, uri string) (found []*member) {
	p.mu.Lock()
	defer p.mu.Unlock()
	readers := p.members
	if watchers := p.watched[uri]; method == "notifications/resources/updated" && len(watchers) > 0 {
		readers = watchers
	}
	for m := range readers {
		found = append(found, m)
	}
	return found
}

// dropLong replaces an answer that is too long by an error; a request or log line of that size is only logged.
func (p *process) dropLong(e *lineTooLong) {
	logf("dropped from the server: %v", e)
	if e.id != nil && !e.call {
		if c := p.take(e.id); c != nil && c.member != nil {
			reason := &rpcError{Code: codeServerError, Message: "server's answer: " + e.Error()}
			c.member.send(reason.answer(c.id))
			c.member.pending.remove(c.id)
		}
		return
	}
	p.srv.metrics.diverted.Add(1)
}

func number(n int64) json.RawMessage { return strconv.AppendInt(nil, n, 10) }
