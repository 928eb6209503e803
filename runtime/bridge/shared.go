package main

import (
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

func number(n int64) json.RawMessage { return strconv.AppendInt(nil, n, 10) }
