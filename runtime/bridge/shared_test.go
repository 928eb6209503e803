package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// answerShared is a server that tells on stderr all that it gets, and does what the method says.
func answerShared(line string) {
	fmt.Fprintln(os.Stderr, "got:", strings.TrimSpace(line))
	var request struct {
		ID     json.RawMessage
		Method string
		Params struct {
			URI  string
			Meta struct{ ProgressToken json.RawMessage } `json:"_meta"`
		}
	}
	if json.Unmarshal([]byte(line), &request) != nil || request.Method == "" || len(request.ID) == 0 {
		return
	}
	say := func(format string, values ...any) { fmt.Printf(`{"jsonrpc":"2.0",`+format+"}\n", values...) }
	switch request.Method {
	case "initialize":
		say(`"id":%s,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}`, request.ID)
		return
	case "progress":
		say(`"method":"notifications/progress","params":{"progressToken":%s,"progress":1}`, request.Params.Meta.ProgressToken)
	case "progress-unasked":
		say(`"method":"notifications/progress","params":{"progressToken":%s,"progress":1}`, request.ID)
	case "changed":
		say(`"method":"notifications/tools/list_changed"`)
	case "update":
		say(`"method":"notifications/resources/updated","params":{"uri":%q}`, request.Params.URI)
	case "ask":
		say(`"id":"q1","method":"ping"`)
		say(`"id":"q2","method":"sampling/createMessage","params":{}`)
		say(`"method":"notifications/cancelled","params":{"requestId":"q2"}`)
	case "wrong-id":
		say(`"id":4711,"result":{"pad":"nobody's"}`)
		say(`"id":"x","result":{"pad":"nobody's"}`)
	case "hang":
		time.Sleep(time.Hour)
	default:
		answerPlain(line)
		return
	}
	respond(request.ID, 0)
}

func startShared(t *testing.T, flags ...string) *bridge {
	t.Helper()
	return startBridge(t, append([]string{"--shared"}, flags...), serverArgv("shared")...)
}

func (c *client) line() string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("nothing came: %v", err)
	}
	return strings.TrimSpace(line)
}

func (c *client) expectLine(want string) {
	c.t.Helper()
	if got := c.line(); got != want {
		c.t.Fatalf("got %s\nnot %s", got, want)
	}
}

func TestSharedSessionsUseOneProcess(t *testing.T) {
	b := startShared(t)
	one, two := b.dial(), b.dial()
	// The same id from both, each time of another kind: answers find their way, and come back as they were asked.
	one.send(`{"jsonrpc":"2.0","id":1,"method":"delay"}`)
	two.send(`{"jsonrpc":"2.0","id":1,"method":"x"}`)
	answerTwo, answerOne := two.receive(), one.receive()
	if string(answerOne.ID) != "1" || answerOne.Result.PID != answerTwo.Result.PID {
		t.Errorf("got %+v and %+v", answerOne, answerTwo)
	}
	one.send(`{"jsonrpc":"2.0","id":"a\u00e9","method":"x"}`)
	if r := one.receive(); string(r.ID) != `"a\u00e9"` {
		t.Errorf("got the id %s", r.ID)
	}
	must(t, one.conn.Close())
	b.waitForMetric("sessions_open", 1)
	if r := two.call("x"); r.Result == nil || r.Result.PID != answerTwo.Result.PID {
		t.Errorf("got %+v", r)
	}
	must(t, two.conn.Close())
	b.waitForMetric("sessions_open", 0)
	if r := b.dial().call("x"); r.Result.PID != answerTwo.Result.PID {
		t.Error("the process did not outlive its sessions")
	}
}

func TestSharedInitializeHappensOnce(t *testing.T) {
	b := startShared(t)
	ask := func(version string) string {
		c := b.dial()
		c.send(`{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"` + version + `","capabilities":{"sampling":{}}}}`)
		line := c.line()
		c.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
		if r := c.call("x"); r.Result == nil {
			t.Fatalf("got %+v", r)
		}
		return line
	}
	// Its own revision is 2025-06-18: older clients get theirs, newer ones the server's.
	for asked, told := range map[string]string{
		"2024-11-05": "2024-11-05", "2025-06-18": "2025-06-18", "2025-11-25": "2025-06-18", "1999-01-01": "2025-06-18",
	} {
		if line := ask(asked); !strings.Contains(line, `"protocolVersion":"`+told+`"`) || !strings.Contains(line, `"name":"s"`) || !strings.Contains(line, `"id":7`) {
			t.Errorf("%s: %s", asked, line)
		}
	}
	log := b.logText()
	if strings.Count(log, `"initialize"`) != 1 || strings.Count(log, "notifications/initialized") != 1 || strings.Contains(log, "sampling") {
		t.Errorf("the server got:\n%s", log)
	}
}

func TestSharedProgressAndCancelReachTheRightCall(t *testing.T) {
	b := startShared(t)
	one, two := b.dial(), b.dial()
	for _, c := range []*client{one, two} {
		c.send(`{"jsonrpc":"2.0","id":5,"method":"progress","params":{"a":1,"_meta":{"progressToken":"tok","k":"v"}}}`)
		c.expectLine(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":"tok"}}`)
		if r := c.receive(); string(r.ID) != "5" {
			t.Errorf("got %+v", r)
		}
	}
	if r := one.call("progress-unasked"); string(r.ID) != "1" {
		t.Errorf("got %+v", r)
	}
	one.send(`{"jsonrpc":"2.0","id":6,"method":"never"}`)
	two.send(`{"jsonrpc":"2.0","id":6,"method":"never"}`)
	b.waitForLog(`(?s)"never".*"never"`)
	two.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":6}}`)
	// Answered already.
	two.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}}`)
	// Unknown to this client: not passed on, or it could end the call of another.
	two.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	got := b.waitForLog(`"id":(\d+),"jsonrpc":"2.0","method":"never"}\n.*"id":(\d+),"jsonrpc":"2.0","method":"never"}`)
	cancelled := b.waitForLog(`notifications/cancelled","params":\{"requestId":(\d+)\}`)
	if cancelled[1] != got[1] && cancelled[1] != got[2] {
		t.Errorf("cancelled %s of %v", cancelled[1], got)
	}
	// Who leaves has the rest cancelled.
	must(t, one.conn.Close())
	b.waitForLog(`notifications/cancelled","params":\{"reason":"the client has gone","requestId":\d+\}`)
	two.call("x")
	if n := strings.Count(b.logText(), "notifications/cancelled"); n != 2 {
		t.Errorf("%d cancellations:\n%s", n, b.logText())
	}
}

func TestSharedNotificationsGoToWhomTheyConcern(t *testing.T) {
	b := startShared(t)
	one, two := b.dial(), b.dial()
	two.call("x")
	one.send(`{"jsonrpc":"2.0","id":1,"method":"changed"}`)
	one.expectLine(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	two.expectLine(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	one.receive()
	subscribe := `{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"r:1"}}`
	unsubscribe := strings.Replace(subscribe, "subscribe", "unsubscribe", 1)
	update := `{"jsonrpc":"2.0","id":3,"method":"update","params":{"uri":"r:1"}}`
	updated := `{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"r:1"}}`
	one.send(subscribe)
	one.receive()
	two.send(update)
	two.receive() // and no update
	one.expectLine(updated)
	two.send(subscribe)
	two.receive()
	one.send(unsubscribe)
	one.receive()
	one.send(update)
	one.receive()
	two.expectLine(updated)
	if strings.Contains(b.logText(), "resources/unsubscribe") {
		t.Error("the server was told to forget a resource that another client wants")
	}
	must(t, two.conn.Close())
	b.waitForLog("resources/unsubscribe.*r:1")
}

func TestSharedServerCanAskNobody(t *testing.T) {
	b := startShared(t)
	c := b.dial()
	if r := c.call("ask"); string(r.ID) != "1" {
		t.Errorf("got %+v", r)
	}
	b.waitForLog(`got: \{"id":"q1","jsonrpc":"2.0","result":\{\}\}`)
	b.waitForLog(`"id":"q2","error":\{"code":-32601,"message":"this server is shared`)
}

func TestSharedWrongIdsReachNobody(t *testing.T) {
	b := startShared(t)
	one, two := b.dial(), b.dial()
	two.call("x")
	if r := one.call("wrong-id"); string(r.ID) != "1" || r.Result.Pad != "" {
		t.Errorf("got %+v", r)
	}
	b.waitForLog("an answer to no request .id 4711.")
	if r := two.call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
}

func TestSharedCrashIsToldToAllAndTheNextStartsAnew(t *testing.T) {
	b := startShared(t)
	one, two := b.dial(), b.dial()
	first := two.call("x").Result.PID
	two.send(`{"jsonrpc":"2.0","id":8,"method":"never"}`)
	b.waitForLog("never")
	one.expectError(one.call("crash"), "exited with code 3", "crashing as asked")
	two.expectError(two.receive(), "exited with code 3")
	one.expectClosed()
	two.expectClosed()
	// As before the first: one is started ahead.
	b.waitForMetric("ahead_processes", 1)
	if r := b.dial().call("x"); r.Result == nil || r.Result.PID == first {
		t.Errorf("got %+v", r)
	}
}

func TestSharedServerThatCannotStart(t *testing.T) {
	b := startBridge(t, []string{"--shared"}, tempFile(t, 0o644))
	c := b.dial()
	c.expectError(c.call("initialize"), "permission denied")
	c.expectClosed()
	silent := startBridge(t, []string{"--shared"}, serverArgv("crash-at-start")...)
	s := silent.dial()
	s.expectError(s.call("x"), "exited with code 7", "ModuleNotFoundError")
}

func TestSharedClientThatNeverReadsHoldsUpNobody(t *testing.T) {
	b := startShared(t, "--max-line", "1048576", "--stall", "20s")
	greedy, other := b.dial(), b.dial()
	must(t, greedy.conn.SetReadBuffer(4096))
	other.call("x")
	for range 30 {
		greedy.send(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"size":900000}}`)
	}
	b.waitForLog("client dropped: it reads too slowly")
	begin := time.Now()
	// Who reads may have as much in all.
	for range 5 {
		other.send(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"size":900000}}`)
		other.receive()
	}
	if r := other.call("x"); r.Result == nil || time.Since(begin) > 5*time.Second {
		t.Errorf("got %+v after %v", r, time.Since(begin))
	}
	b.waitForMetric("sessions_open", 1)
}

func TestSharedServerThatDoesNotReadIsEnded(t *testing.T) {
	b := startShared(t, "--stall", "300ms")
	c := b.dial()
	pid := c.call("x").Result.PID
	c.send(`{"jsonrpc":"2.0","id":2,"method":"hang"}`)
	go c.send(`{"jsonrpc":"2.0","id":3,"method":"x","params":{"pad":"` + strings.Repeat("x", 1<<20) + `"}}`)
	b.waitForLog("server ended: it has not read for 300ms")
	c.expectError(c.receive(), "server was ended by signal")
	if alive(pid) {
		t.Error("it lives")
	}
	if r := b.dial().call("x"); r.Result == nil {
		t.Errorf("got %+v", r)
	}
}

func TestSharedDrain(t *testing.T) {
	b := startShared(t)
	c, hanging := b.dial(), b.dial()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"delay"}`)
	b.waitForLog("delay")
	must(t, b.cmd.Process.Signal(syscall.SIGTERM))
	if r := c.receive(); r.Result == nil {
		t.Errorf("got %+v", r)
	}
	must(t, hanging.conn.Close())
	select {
	case <-b.exited:
	case <-time.After(5 * time.Second):
		t.Error("the bridge did not end")
	}

	stuck := startShared(t, "--drain", "300ms", "--grace", "300ms")
	s := stuck.dial()
	pid := s.call("x").Result.PID
	s.send(`{"jsonrpc":"2.0","id":9,"method":"hang"}`)
	stuck.waitForLog("hang")
	// More than a pipe holds: a session that waits for the server to read must not hold up the end.
	go s.send(`{"jsonrpc":"2.0","method":"x","params":"` + strings.Repeat("x", 1<<20) + `"}`)
	until(t, "the long line", func() bool { return stuck.metric(`bytes_total{direction="in"}`) > 1<<20 })
	must(t, stuck.cmd.Process.Signal(syscall.SIGTERM))
	if r := s.receive(); r.Error == nil || string(r.ID) != "9" {
		t.Errorf("got %+v", r)
	}
	select {
	case <-stuck.exited:
	case <-time.After(5 * time.Second):
		t.Error("the bridge did not end")
	}
	if alive(pid) {
		t.Error("the server lives")
	}
}

func TestSharedManyClientsAtOnce(t *testing.T) {
	b := startShared(t)
	failures := make(chan string, 32)
	for n := range cap(failures) {
		go func() { failures <- talkAlone(b.addr, n) }()
	}
	for range cap(failures) {
		if failure := <-failures; failure != "" {
			t.Error(failure)
		}
	}
	b.waitForMetric("sessions_open", 0)
}

// talkAlone makes calls whose answers differ by caller, and says what was wrong.
func talkAlone(addr string, n int) string {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	answers := json.NewDecoder(conn)
	for i := range 50 {
		size := n*100 + i
		fmt.Fprintf(conn, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"x\",\"params\":{\"size\":%d}}\n", i, size)
		var r response
		if err := answers.Decode(&r); err != nil {
			return err.Error()
		}
		if string(r.ID) != fmt.Sprint(i) || r.Result == nil || len(r.Result.Pad) != size {
			return fmt.Sprintf("client %d, call %d: got id %s and %d bytes", n, i, r.ID, len(r.Result.Pad))
		}
	}
	return ""
}
