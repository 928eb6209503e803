package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// session is one connection with a server process of its own.
type session struct {
	srv     *server
	conn    *net.TCPConn
	lines   *lineReader
	child   *child
	pending *pending
	first   chan struct{} // closed when the client's first message has been dealt with
	out     sync.Mutex    // one message at a time to the client; also guards stall
	dropped atomic.Bool
	deliver func(line []byte) // takes a line of the client to the server
	stall   time.Duration     // how long the client may leave a message unread
}

const (
	// firstByteLimit: a connection that says nothing starts nothing, and does not stay for ever.
	firstByteLimit = 60 * time.Second
	// refuseLimit is how long a refused client may take to send the request that gets the refusal as its answer.
	refuseLimit = 10 * time.Second
	lingerLimit = time.Second
)

// handle serves one connection to its end.
func (srv *server) handle(conn *net.TCPConn) {
	defer conn.Close()
	s := &session{
		srv: srv, conn: conn, lines: newLineReader(conn, srv.opts.maxLine),
		pending: newPending(), first: make(chan struct{}), stall: srv.opts.stall,
	}
	conn.SetReadDeadline(time.Now().Add(firstByteLimit))
	if !s.hasFirstByte() {
		return
	}
	conn.SetReadDeadline(time.Time{})
	if srv.shared != nil {
		s.serveShared()
		return
	}
	s.deliver = s.toOwnProcess
	if err := s.begin(); err != nil {
		s.refuse(err)
		return
	}
	s.serve()
}

// hasFirstByte also skips over empty lines: they ask for nothing.
func (s *session) hasFirstByte() bool {
	for {
		first, err := s.lines.r.Peek(1)
		if err != nil {
			return false
		}
		if first[0] != '\n' && first[0] != '\r' {
			return true
		}
		s.lines.r.Discard(1)
	}
}

// begin gets the session a place and a process, or says what the client is to be told.
func (s *session) begin() *rpcError {
	if err := s.srv.admit(); err != nil {
		return err
	}
	c, err := s.srv.pool.take()
	if err == nil {
		s.child = c
		return nil
	}
	s.srv.leave()
	return asRPC(err)
}

// asRPC is what a client is told of an error.
func asRPC(err error) *rpcError {
	var start *startError
	if errors.As(err, &start) {
		return start.rpc()
	}
	return &rpcError{Code: codeServerError, Message: err.Error()}
}

// refuse answers the first request with the reason and closes: an open, silent connection would hang the client.
func (s *session) refuse(reason *rpcError) {
	s.conn.SetReadDeadline(time.Now().Add(refuseLimit))
	for {
		line, err := s.lines.next()
		var tooLong *lineTooLong
		if errors.As(err, &tooLong) {
			s.send(reason.answer(tooLong.id))
			break
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return
		}
		messages, ok := parseMessages(line)
		if !ok {
			s.send(reason.answer(nil))
			break
		}
		if answerRequests(s, messages, reason) || err != nil {
			break
		}
	}
	s.linger()
	io.Copy(io.Discard, s.lines.r)
}

func answerRequests(s *session, messages []envelope, reason *rpcError) (any bool) {
	for _, m := range messages {
		if m.isRequest() {
			s.send(reason.answer(m.ID))
			any = true
		}
	}
	return any
}

// serve relays until the client leaves, the server ends, or the bridge drains.
func (s *session) serve() {
	defer s.srv.leave()
	defer s.srv.pool.giveBack()
	in, out := make(chan struct{}), make(chan struct{})
	go func() { defer close(in); s.copyIn() }()
	go func() { defer close(out); s.copyOut() }()
	select {
	case <-out:
		// Give the reaper the time to see it, so that a crash is not taken for an end that was asked for.
		s.child.endsWithin(s.srv.opts.grace)
	case <-in:
		s.finishAfterClient(out)
	case <-s.srv.draining:
		s.awaitFirst()
		s.pending.wait(out, s.srv.drained)
		s.child.terminate(s.srv.opts.grace)
	}
	s.child.stop(s.srv.opts.grace)
	// A stray process that still holds stdout must not hold the session.
	s.child.stdout.SetReadDeadline(time.Now().Add(lingerLimit))
	s.hurry()
	<-out
	s.awaitFirst()
	s.answerPending()
	s.linger()
	<-in
	s.child.release()
}

// finishAfterClient: the client may have closed only its sending half (`printf … | nc`), so requests on the way
// get the grace time to be answered.
func (s *session) finishAfterClient(out <-chan struct{}) {
	giveUp := make(chan struct{})
	timer := time.AfterFunc(s.srv.opts.grace, func() { close(giveUp) })
	defer timer.Stop()
	s.pending.wait(out, giveUp)
}

// awaitFirst: a server can be dead, or the bridge stopping, before the message that began the session has been read.
// It must count as pending first.
func (s *session) awaitFirst() {
	select {
	case <-s.first:
	case <-time.After(lingerLimit):
	}
}

// answerPending tells the client about requests that the server will not answer any more.
func (s *session) answerPending() {
	ids := s.pending.takeAll()
	if len(ids) == 0 {
		return
	}
	reason := s.child.ending()
	logf("%s; %d requests unanswered", reason.Message, len(ids))
	for _, id := range ids {
		s.send(reason.answer(id))
	}
}

// linger closes gently: closing while the client's bytes lie unread would reset the connection and could
// destroy the error that was just sent.
func (s *session) linger() {
	s.conn.CloseWrite()
	s.conn.SetReadDeadline(time.Now().Add(lingerLimit))
}

// send drops a client that does not read: its server would wait for it, and the memory of both with it.
func (s *session) send(line []byte) {
	s.out.Lock()
	defer s.out.Unlock()
	s.conn.SetWriteDeadline(time.Now().Add(s.stall))
	n, err := s.conn.Write(line)
	s.srv.metrics.bytesOut.Add(int64(n))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.drop(fmt.Sprintf("it has not read for %v", s.stall))
	}
}

// drop also ends copyIn.
func (s *session) drop(why string) {
	if s.dropped.CompareAndSwap(false, true) {
		s.srv.metrics.dropped.Add(1)
		logf("client dropped: %s", why)
		s.conn.Close()
	}
}

// hurry leaves the client little time: the session is over. A write that waits ends now.
func (s *session) hurry() {
	s.conn.SetWriteDeadline(time.Now().Add(lingerLimit))
	s.out.Lock()
	defer s.out.Unlock()
	s.stall = lingerLimit
}

// copyIn takes the client's messages to the server's stdin.
func (s *session) copyIn() {
	dealtWith := sync.OnceFunc(func() { close(s.first) })
	defer dealtWith()
	for ; ; dealtWith() {
		line, err := s.lines.next()
		var tooLong *lineTooLong
		switch {
		case err == nil:
			s.srv.metrics.bytesIn.Add(int64(len(line) + 1))
			// After a failed write the server is gone or going: copyOut ends the session.
			s.deliver(line)
		case errors.As(err, &tooLong):
			s.srv.metrics.bytesIn.Add(int64(tooLong.size))
			s.send((&rpcError{Code: codeServerError, Message: tooLong.Error()}).answer(tooLong.id))
		default:
			// A whole message without its newline still counts; half of one does not.
			if _, ok := parseMessages(line); ok && errors.Is(err, io.ErrUnexpectedEOF) {
				s.deliver(line)
			}
			return
		}
	}
}

func (s *session) toOwnProcess(line []byte) {
	messages, ok := parseMessages(line)
	if !ok {
		if len(line) > 0 {
			s.send((&rpcError{Code: -32700, Message: "not a JSON-RPC message"}).answer(nil))
		}
		return
	}
	for _, m := range messages {
		if m.isRequest() {
			s.pending.add(m.ID)
		} else if m.Method == "notifications/cancelled" {
			s.pending.remove(m.Params.id)
		}
	}
	s.child.stdin.Write(append(line, '\n'))
}
