package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// server is the listening side: it admits sessions and ends them.
type server struct {
	opts    options
	pool    *pool
	health  *health
	metrics *metrics
	shared  *shared // nil: a process for each session

	sessions *gate
	waiting  chan struct{} // one token per open connection

	draining chan struct{} // closed on SIGTERM: requests may finish
	drained  chan struct{} // closed when the time for that is over
}

// maxSilent is how many connections beyond the sessions may be open without having said anything.
const maxSilent = 64

// gcPercent trades a little CPU for memory: the heap is tiny, and one bridge runs in every server's pod.
const gcPercent = 25

func serve(opts options) error {
	debug.SetGCPercent(gcPercent)
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	reaper := newReaper()
	m := &metrics{}
	h := newHealth()
	spawn := func() (*child, error) { return startChild(opts.argv, reaper) }
	srv := &server{
		opts: opts, health: h, metrics: m, pool: newPool(spawn, opts.spares, h, m),
		sessions: newGate(), waiting: make(chan struct{}, opts.maxSessions+maxSilent),
		draining: make(chan struct{}), drained: make(chan struct{}),
	}
	if opts.shared {
		srv.shared = newShared(srv)
	}
	listener, err := net.Listen("tcp", opts.listen)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	healthListener, err := serveHealth(opts.health, h, m)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	defer healthListener.Close()
	logf("%s: %s on %s, health on %s", version, strings.Join(opts.argv[:1], " "), listener.Addr(), healthListener.Addr())
	go srv.pool.run()
	go srv.accept(listener.(*net.TCPListener))
	<-stop
	srv.shutDown(listener, stop)
	return nil
}

func (srv *server) accept(listener *net.TCPListener) {
	for {
		conn, err := listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of file descriptors, mostly: it passes when connections close.
			logf("cannot accept: %v", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		select {
		case srv.waiting <- struct{}{}:
			go func() {
				defer func() { <-srv.waiting }()
				srv.handle(conn)
			}()
		default:
			srv.metrics.rejected.Add(1)
			conn.Close()
		}
	}
}

// admit counts a session in, or says why not.
func (srv *server) admit() *rpcError {
	if err := srv.sessions.enter(srv.opts.maxSessions); err != nil {
		srv.metrics.rejected.Add(1)
		return &rpcError{Code: codeServerError, Message: err.Error()}
	}
	srv.metrics.open.Add(1)
	srv.metrics.sessions.Add(1)
	return nil
}

func (srv *server) leave() {
	srv.metrics.open.Add(-1)
	srv.sessions.exit()
}

// shutDown lets requests finish, then ends every server process. A second signal skips the waiting.
func (srv *server) shutDown(listener net.Listener, stop <-chan os.Signal) {
	logf("stopping, %d sessions open", srv.metrics.open.Load())
	listener.Close()
	srv.health.stop()
	ended := srv.sessions.close()
	close(srv.draining)
	go func() {
		select {
		case <-time.After(srv.opts.drain):
		case <-stop:
		}
		close(srv.drained)
		// What sessions of one process still wait for will not come, and their last words may find nobody who reads.
		if srv.shared != nil {
			srv.shared.stop()
		}
	}()
	srv.pool.close(srv.opts.grace)
	<-ended
	if srv.shared != nil {
		srv.shared.stop()
	}
}
