package main

import (
	"encoding/json"
	"strconv"
)

// read takes the server's messages to whom they are for, until the process ends.
func (p *process) read() {
	eachLine(p.child, p.srv.opts.maxLine, p.route, p.dropLong)
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
