package main

import (
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"
	"unsafe"
)

// reaper is the only place where this process waits for children: the servers it started, and orphans that
// come to it because it is PID 1 or a subreaper. Nothing here calls exec.Cmd.Wait, so nothing can race it.
type reaper struct {
	mu       sync.Mutex
	children map[int]*child
}

const prSetChildSubreaper = 36

func newReaper() *reaper {
	r := &reaper{children: map[int]*child{}}
	// Not PID 1 when the pod shares one process namespace: orphans come here all the same.
	syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
	died := make(chan os.Signal, 1)
	signal.Notify(died, syscall.SIGCHLD)
	go func() {
		for range died {
			r.collect()
		}
	}()
	return r
}

// start holds the lock from fork to registration: collect cannot see a process that it does not know yet,
// nor the half-born one that os/exec waits for itself when exec fails.
func (r *reaper) start(cmd *exec.Cmd, c *child) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	c.pid = cmd.Process.Pid
	r.children[c.pid] = c
	cmd.Process.Release()
	return nil
}

// signal reaches the whole process group of a child that has not been reaped, so the pid cannot be another's.
func (r *reaper) signal(c *child, sig syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.children[c.pid] == c {
		syscall.Kill(-c.pid, sig)
	}
}

func (r *reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for pid := nextZombie(); pid > 0; pid = nextZombie() {
		c := r.children[pid]
		if c != nil {
			// While the leader is a zombie its pid is taken, so this can only hit what it left behind.
			syscall.Kill(-pid, syscall.SIGKILL)
		}
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil); err != nil {
			return
		}
		if c != nil {
			delete(r.children, pid)
			c.exited(status)
		}
	}
}

// nextZombie peeks at a dead child and leaves it in place (WNOWAIT); 0 if there is none.
func nextZombie() int {
	const (
		pAll    = 0
		wExited = 4
		wNoWait = 0x01000000
	)
	// siginfo_t is 128 bytes; si_pid follows three ints and padding.
	var info [32]int32
	_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, pAll, 0, uintptr(unsafe.Pointer(&info)),
		wExited|wNoWait|syscall.WNOHANG, 0, 0)
	if errno != 0 {
		return 0
	}
	return int(info[4])
}
