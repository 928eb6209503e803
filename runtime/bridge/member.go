package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// member is one session of a shared process.
type member struct {
	*session
	process *process
	out     *outbox
	numbers map[string]int64 // its requests on their way: the client's id to the server's; guarded by process.mu
}

// versions of MCP in which a shared server can be answered for: each adds to the one before.
var versions = []string{"2024-11-05", "2025-03-26", "2025-06-18", newestVersion}

// serveShared relays between this client and the process that all share.
func (s *session) serveShared() {
	if err := s.srv.admit(); err != nil {
		s.refuse(err)
		return
	}
	defer s.srv.leave()
	m, reason := s.join()
	if reason != nil {
		s.refuse(reason)
		return
	}
	s.deliver = m.deliver
	in, out := make(chan struct{}), make(chan struct{})
	go func() { defer close(in); s.copyIn() }()
	go func() { defer close(out); m.out.run(s.send) }()
	select {
	case <-m.process.ended:
	case <-in:
		s.finishAfterClient(m.process.ended)
	case <-s.srv.draining:
		s.awaitFirst()
		s.pending.wait(m.process.ended, s.srv.drained)
	}
	m.leave()
	s.awaitFirst()
	m.answerPending()
	s.hurry()
	m.out.close()
	<-out
	s.linger()
	<-in
}

// join waits until the process is initialized.
func (s *session) join() (*member, *rpcError) {
	p, err := s.srv.shared.get()
	if err != nil {
		return nil, err
	}
	select {
	case <-p.ready:
	case <-s.srv.drained:
		return nil, asRPC(errClosing)
	}
	if p.failure != nil {
		return nil, p.failure
	}
	m := &member{session: s, process: p, out: newOutbox(s.srv.opts.maxLine), numbers: map[string]int64{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members[m] = struct{}{}
	return m, nil
}

// send drops a client that does not read: the others wait behind it.
func (m *member) send(line []byte) {
	if !m.out.push(line) {
		m.drop(fmt.Sprintf("it reads too slowly: more than %d bytes wait", m.out.limit))
		m.out.close()
	}
}

// deliver takes a client's line to the server.
func (m *member) deliver(line []byte) {
	messages, ok := messagesOf(line)
	if !ok {
		if len(line) > 0 {
			m.send((&rpcError{Code: -32700, Message: "not a JSON-RPC message"}).answer(nil))
		}
		return
	}
	for _, message := range messages {
		switch {
		case message.isRequest():
			m.request(message)
		case !message.isResponse():
			m.notify(message)
		}
	}
}

func (m *member) request(message fields) {
	params := message.object("params")
	switch message.str("method") {
	case "initialize":
		m.answer(message["id"], m.hello(params.str("protocolVersion")))
		return
	case "resources/subscribe":
		m.process.subscribe(m, params.str("uri"))
	case "resources/unsubscribe":
		if others := m.process.unsubscribe(m, params.str("uri")); others {
			m.answer(message["id"], json.RawMessage("{}"))
			return
		}
	}
	id := message["id"]
	meta := params.object("_meta")
	m.pending.add(id)
	n := m.process.add(&call{member: m, id: id, token: meta["progressToken"]})
	m.process.mu.Lock()
	m.numbers[string(id)] = n
	m.process.mu.Unlock()
	message["id"] = number(n)
	if meta["progressToken"] != nil {
		meta["progressToken"] = number(n)
		params["_meta"] = meta.text()
		message["params"] = params.text()
	}
	m.process.write(message)
}

// hello is the answer to initialize, in the client's revision where the server's own is not older.
func (m *member) hello(asked string) json.RawMessage {
	own := slices.Index(versions, m.process.hello.str("protocolVersion"))
	if at := slices.Index(versions, asked); at >= 0 && at < own {
		result := fields{}
		for key, value := range m.process.hello {
			result[key] = value
		}
		result["protocolVersion"] = json.RawMessage(strconv.Quote(asked))
		return result.text()
	}
	return m.process.hello.text()
}

func (m *member) answer(id, result json.RawMessage) {
	m.send(fields{"jsonrpc": json.RawMessage(`"2.0"`), "id": id, "result": result}.line())
}

func (m *member) notify(message fields) {
	switch message.str("method") {
	case "notifications/initialized", "notifications/roots/list_changed":
		// The server has been told once; and it cannot ask for roots.
		return
	case "notifications/cancelled":
		params := message.object("params")
		n, known := m.number(params["requestId"])
		if !known {
			return
		}
		m.pending.remove(params["requestId"])
		params["requestId"] = number(n)
		message["params"] = params.text()
	}
	m.process.write(message)
}

func (m *member) number(id json.RawMessage) (n int64, known bool) {
	m.process.mu.Lock()
	defer m.process.mu.Unlock()
	n, known = m.numbers[string(id)]
	return n, known
}

// answerPending tells the client about requests that will not be answered any more.
func (m *member) answerPending() {
	reason := asRPC(errClosing)
	if m.process.child.isGone() {
		reason = m.process.child.ending()
	}
	for _, id := range m.pending.takeAll() {
		m.send(reason.answer(id))
	}
}

// leave takes back what this client has asked for.
func (m *member) leave() {
	p := m.process
	p.mu.Lock()
	delete(p.members, m)
	var open []int64
	for n, c := range p.calls {
		if c.member == m {
			open = append(open, n)
			delete(p.calls, n)
		}
	}
	var unwatched []string
	for uri, watchers := range p.watched {
		if _, had := watchers[m]; !had {
			continue
		}
		delete(watchers, m)
		if len(watchers) == 0 {
			unwatched = append(unwatched, uri)
			delete(p.watched, uri)
		}
	}
	p.mu.Unlock()
	if p.hasEnded() {
		return
	}
	for _, n := range open {
		params := fields{"requestId": number(n), "reason": json.RawMessage(`"the client has gone"`)}
		p.write(fields{
			"jsonrpc": json.RawMessage(`"2.0"`), "method": json.RawMessage(`"notifications/cancelled"`),
			"params": params.text(),
		})
	}
	for _, uri := range unwatched {
		text, _ := json.Marshal(uri)
		p.ask("resources/unsubscribe", fields{"uri": text}, func(fields) {})
	}
}

func (p *process) subscribe(m *member, uri string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.watched[uri] == nil {
		p.watched[uri] = map[*member]struct{}{}
	}
	p.watched[uri][m] = struct{}{}
}

// unsubscribe tells whether others still want to hear of it.
func (p *process) unsubscribe(m *member, uri string) (others bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.watched[uri], m)
	if len(p.watched[uri]) > 0 {
		return true
	}
	delete(p.watched, uri)
	return false
}
