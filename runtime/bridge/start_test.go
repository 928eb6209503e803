package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestExecDenied(t *testing.T) {
	path := tempFile(t, 0o644)
	b := startBridge(t, nil, path)
	b.waitForLog(`(?m)^mcpk-bridge: cannot start server: fork/exec \S+/server: permission denied \(uid \d+, gid \d+\)$`)
	if body := b.waitForReady(503); !strings.Contains(body, "fork/exec "+path+": permission denied") {
		t.Errorf("readyz says %q", body)
	}
	c := b.dial()
	c.send(`{"jsonrpc":"2.0","method":"notifications/x"}`)
	c.send(`{"jsonrpc":"2.0","id":"first","method":"initialize"}`)
	r := c.receive()
	c.expectError(r, "server cannot start: fork/exec "+path+": permission denied (uid ")
	if string(r.ID) != `"first"` || r.Error.Data["errno"] != "EACCES" || r.Error.Data["path"] != path {
		t.Errorf("got id %s, data %v", r.ID, r.Error.Data)
	}
	c.expectClosed()
	if b.metric(`spawn_failures_total{errno="EACCES"}`) < 2 {
		t.Error("failures are not counted")
	}
}

// The commonest failure of real images: the venv's Python lies under /root, mode 0700, and the pod is uid 1000.
func TestExecDeniedBehindPrivateDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	dir := t.TempDir()
	private := filepath.Join(dir, "root")
	// go test's own temporary directories are private too.
	for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		os.Chmod(path, 0o755)
	}
	must(t, os.Mkdir(private, 0o700))
	must(t, os.Symlink("/bin/true", filepath.Join(private, "python")))
	script := filepath.Join(dir, "mcp-server-fetch")
	must(t, os.WriteFile(script, []byte("#!"+private+"/python\n"), 0o755))
	self := filepath.Join(dir, "bridge")
	must(t, copyFile(os.Args[0], self))
	cmd := exec.Command(self, "serve", "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "--", script)
	cmd.Env = append(os.Environ(), "MCPK_TEST_PART=bridge")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
	stderr, err := cmd.StderrPipe()
	must(t, err)
	b := launch(t, cmd, stderr)
	b.waitForLog(`cannot start server: fork/exec ` + script + `: permission denied \(uid 1000, gid 1000\)`)
}

func TestProgramSearch(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "tool"), nil, 0o644))
	t.Setenv("PATH", "/nonexistent:"+dir)
	b := startBridge(t, nil, "tool")
	b.waitForLog(`fork/exec ` + dir + `/tool: permission denied`)
	b = startBridge(t, nil, "no-such-tool")
	b.waitForLog(`fork/exec no-such-tool: no such file or directory: not found in PATH`)
}

func TestMissingInterpreter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "server")
	must(t, os.WriteFile(path, []byte("#!/no/such/python\n"), 0o755))
	b := startBridge(t, nil, path)
	b.waitForLog(`no such file or directory: the file is there, the interpreter that it names is not`)
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"nonsense"}, {"serve"}, {"serve", "--"}, {"serve", "--max-sessions", "0", "--", "x"}, {"install"},
	} {
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), "MCPK_TEST_PART=bridge")
		if cmd.Run(); cmd.ProcessState.ExitCode() != exitUsage {
			t.Errorf("%q ended with %d", args, cmd.ProcessState.ExitCode())
		}
	}
}

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second time over a file that is there
		target, err := install(dir)
		must(t, err)
		info, err := os.Stat(target)
		must(t, err)
		if target != filepath.Join(dir, "mcpk-bridge") || info.Mode() != 0o755 {
			t.Errorf("%s has mode %v", target, info.Mode())
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if _, err := install(filepath.Join(dir, "missing")); err == nil {
		t.Error("installed into a directory that does not exist")
	}
}

func TestCrashAtStart(t *testing.T) {
	b := startBridge(t, nil, serverArgv("crash-at-start")...)
	b.waitForLog(`ModuleNotFoundError: no x`)
	want := "server exited with code 7: ModuleNotFoundError: no x"
	until(t, "the reason", func() bool {
		status, body := b.get("/readyz")
		return status == 503 && strings.Contains(body, want)
	})
	c := b.dial()
	r := c.call("initialize")
	c.expectError(r, want)
	if r.Error.Data["exitCode"] != 7.0 {
		t.Errorf("data: %v", r.Error.Data)
	}
	c.expectClosed()
}

func TestRecoversFromCrashes(t *testing.T) {
	obstacle := tempFile(t, 0o644)
	b := startBridge(t, nil, serverArgv("crash-while="+obstacle)...)
	b.waitForLog(`server exited with code 9`)
	b.waitForReady(503)
	must(t, os.Remove(obstacle))
	b.waitForReady(200)
}

// Long imports that fail in the end must not look ready for a moment, again and again.
func TestLateCrashesDoNotFlap(t *testing.T) {
	b := startBridge(t, nil, serverArgv("crash-after=1200ms")...)
	b.waitForMetric(`child_exits_total{code="8"}`, 1)
	b.waitForReady(503)
	until(t, "two more crashes", func() bool {
		if b.metric("ready") == 1 {
			t.Fatal("ready between crashes")
		}
		return b.metric(`child_exits_total{code="8"}`) >= 3
	})
}

func TestAheadProcessAnswersAtOnce(t *testing.T) {
	b := startBridge(t, nil, serverArgv("slow-start=700ms")...)
	for session := range 2 {
		b.waitForReady(200)
		// Ready means that a process has been waiting for a second; the second session's has to be waited for.
		b.waitForMetric("spawns_total", session+1)
		if session > 0 {
			b.waitForAheadToSettle()
		}
		c := b.dial()
		begin := time.Now()
		c.call("initialize")
		if took := time.Since(begin); took > 300*time.Millisecond {
			t.Errorf("session %d: the first answer took %v", session, took)
		}
		c.conn.Close()
	}
}

// waitForAheadToSettle gives a new ahead process the time of its slow start.
func (b *bridge) waitForAheadToSettle() {
	begin := time.Now()
	until(b.t, "the slow start", func() bool { return time.Since(begin) > 900*time.Millisecond })
}

func TestNoAheadWhileASessionIsOpen(t *testing.T) {
	b := startBridge(t, nil, serverArgv()...)
	b.waitForMetric("spawns_total", 1)
	c := b.dial()
	first := c.call("x").Result.PID
	if n := b.metric("spawns_total"); n != 1 {
		t.Errorf("%d processes while one session is open", n)
	}
	c.conn.Close()
	b.waitForMetric("spawns_total", 2)
	until(t, "the first process to end", func() bool { return !alive(first) })
	if second := b.dial().call("x").Result.PID; second == first {
		t.Error("two sessions got one process")
	}
}

func TestSparesBeyondOpenSessions(t *testing.T) {
	b := startBridge(t, []string{"--spares", "2"}, serverArgv()...)
	b.waitForMetric("spawns_total", 2)
	b.dial().call("x")
	b.waitForMetric("spawns_total", 3)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}
