package main

import (
	"bytes"
	"encoding/json"
)

// codeServerError is the first of the codes JSON-RPC leaves to implementations.
const codeServerError = -32000

// envelope is what the bridge needs to know of a JSON-RPC message; the message itself passes untouched.
type envelope struct {
	JSONRPC present         `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Result  present         `json:"result"`
	Error   present         `json:"error"`
	Params  requestRef      `json:"params"`
}

// present notes that a member is there, without copying its value.
type present bool

func (p *present) UnmarshalJSON([]byte) error {
	*p = true
	return nil
}

// requestRef is the one member of any params that matters here: which request notifications/cancelled means.
type requestRef struct {
	id json.RawMessage
}

func (r *requestRef) UnmarshalJSON(text []byte) error {
	if !bytes.Contains(text, []byte(`"requestId"`)) {
		return nil
	}
	var ref struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	// Params of another shape are none of the bridge's business.
	if json.Unmarshal(text, &ref) == nil {
		r.id = ref.RequestID
	}
	return nil
}

func (e envelope) isRequest() bool  { return e.Method != "" && len(e.ID) > 0 }
func (e envelope) isResponse() bool { return e.Method == "" && len(e.ID) > 0 }

func (e envelope) isMessage() bool {
	return bool(e.JSONRPC) || e.Method != "" || (e.isResponse() && (bool(e.Result) || bool(e.Error)))
}

// parseMessages reads a line: one message, or a batch as revision 2025-03-26 allows. ok is false for
// anything else, such as a log line on stdout, even when the log line is JSON.
func parseMessages(line []byte) (messages []envelope, ok bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil, false
	}
	switch line[0] {
	case '{':
		messages = make([]envelope, 1)
		if json.Unmarshal(line, &messages[0]) != nil {
			return nil, false
		}
	case '[':
		if json.Unmarshal(line, &messages) != nil || len(messages) == 0 {
			return nil, false
		}
	default:
		return nil, false
	}
	for _, m := range messages {
		if !m.isMessage() {
			return nil, false
		}
	}
	return messages, true
}

// rpcError is an error that a client can be told.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *rpcError) Error() string { return e.Message }

// answer is the line that tells a client that its request failed.
func (e *rpcError) answer(id json.RawMessage) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	enc.Encode(struct {
		JSONRPC string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Error   *rpcError       `json:"error"`
	}{"2.0", id, e})
	return line.Bytes()
}
