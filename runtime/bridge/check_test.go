package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runProgram runs the bridge's program to its end.
func runProgram(t *testing.T, args ...string) (code int, stdout string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "MCPK_TEST_PART=bridge")
	output, err := cmd.Output()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(output)
}

func checked(t *testing.T, flags []string, argv ...string) (code int, v verdict) {
	t.Helper()
	args := append([]string{"check", "--json"}, flags...)
	code, text := runProgram(t, append(append(args, "--"), argv...)...)
	must(t, json.Unmarshal([]byte(text), &v))
	return code, v
}

func TestCheckOfAServerThatWorks(t *testing.T) {
	code, v := checked(t, nil, serverArgv("mcp", "noise")...)
	if code != 0 || !v.OK || v.Stage != "" || v.Server.Name != "played" || strings.Join(v.Tools, " ") != "one two three" {
		t.Errorf("%d, %+v", code, v)
	}
	if _, text := runProgram(t, append([]string{"check", "--"}, serverArgv("mcp")...)...); !strings.HasPrefix(text, "ok: played 1, protocol 2025-11-25, 3 tools") {
		t.Errorf("said %q", text)
	}
}

func TestCheckSaysWhereItFails(t *testing.T) {
	denied := tempFile(t, 0o600)
	for name, test := range map[string]struct {
		argv  []string
		stage string
		parts []string
	}{
		"not there":      {[]string{"no-such-program"}, "resolve", []string{"not found in PATH"}},
		"denied":         {[]string{denied}, "exec", []string{"permission denied", "uid"}},
		"crash":          {serverArgv("crash-at-start"), "initialize", []string{"exited with code 7", "ModuleNotFoundError"}},
		"silence":        {serverArgv("mcp-silent"), "initialize", []string{"no answer within 500ms"}},
		"endless list":   {serverArgv("mcp-endless"), "list", []string{"do not end"}},
		"list refused":   {serverArgv("mcp-refuses"), "list", []string{"error -32603: not today"}},
		"no JSON at all": {[]string{"/bin/cat", "/etc/hostname"}, "initialize", []string{"exited with code 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, v := checked(t, []string{"--timeout", "500ms", "--grace", "100ms"}, test.argv...)
			if code != 1 || v.OK || v.Stage != test.stage {
				t.Errorf("%d, %+v", code, v)
			}
			for _, part := range test.parts {
				if !strings.Contains(v.Error, part) {
					t.Errorf("%q is not in %q", part, v.Error)
				}
			}
		})
	}
	if _, v := checked(t, nil, denied); v.Errno != "EACCES" || v.Path != denied || v.UID != os.Geteuid() {
		t.Errorf("%+v", v)
	}
}

func TestCheckLeavesItsVerdictToTheKubelet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "termination-log")
	flags := []string{"--termination-log", path}
	checked(t, flags, "no-such-program")
	if _, err := os.Stat(path); err == nil {
		t.Error("made a file that was not there")
	}
	must(t, os.WriteFile(path, []byte(strings.Repeat("x", 100)), 0o600))
	checked(t, flags, strings.Repeat("long", 2000))
	text, err := os.ReadFile(path)
	must(t, err)
	var v verdict
	must(t, json.Unmarshal(text, &v))
	if v.OK || v.Stage != "exec" || len(text) > maxTermination {
		t.Errorf("%d bytes, %+v", len(text), v)
	}
}

func TestCheckEndsTheServer(t *testing.T) {
	begin := time.Now()
	checked(t, []string{"--grace", "100ms"}, serverArgv("mcp", "ignore-term")...)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestReadyTellsTheProbeWhy(t *testing.T) {
	denied := tempFile(t, 0o600)
	b := startBridge(t, nil, denied)
	b.waitForReady(503)
	code, text := runProgram(t, "ready", "--health", b.health)
	if code != 1 || !strings.Contains(text, "permission denied") || !strings.Contains(text, denied) {
		t.Errorf("%d, %q", code, text)
	}
	good := startBridge(t, nil, serverArgv()...)
	good.waitForReady(200)
	if code, text := runProgram(t, "ready", "--health", good.health); code != 0 || text != "ok\n" {
		t.Errorf("%d, %q", code, text)
	}
	if code, text := runProgram(t, "ready", "--health", "127.0.0.1:1"); code != 1 || !strings.Contains(text, "does not answer") {
		t.Errorf("%d, %q", code, text)
	}
}
