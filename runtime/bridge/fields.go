package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// fields are the members of a JSON object whose values stay as they were written.
type fields map[string]json.RawMessage

// readFields fails for anything but an object.
func readFields(text []byte) (fields, bool) {
	var f fields
	if json.Unmarshal(text, &f) != nil || f == nil {
		return nil, false
	}
	return f, true
}

// text writes the object; the order of members means nothing in JSON.
func (f fields) text() []byte {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(f)) {
		if i > 0 {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(key)
		out.Write(name)
		out.WriteByte(':')
		out.Write(f[key])
	}
	out.WriteByte('}')
	return out.Bytes()
}

func (f fields) line() []byte { return append(f.text(), '\n') }

// str is the member's value where that is a string.
func (f fields) str(key string) string {
	var value string
	json.Unmarshal(f[key], &value)
	return value
}

// object is the member's value where that is an object, else empty.
func (f fields) object(key string) fields {
	inner, _ := readFields(f[key])
	return inner
}

func (f fields) isRequest() bool  { return f.str("method") != "" && len(f["id"]) > 0 }
func (f fields) isResponse() bool { return f["method"] == nil && len(f["id"]) > 0 }

// isMessage is envelope's, on a message that is read only once.
func (f fields) isMessage() bool {
	method, isNamed := f["method"]
	if isNamed && (len(method) == 0 || method[0] != '"') {
		return false
	}
	return f["jsonrpc"] != nil || f.str("method") != "" || (f.isResponse() && (f["result"] != nil || f["error"] != nil))
}

// messagesOf reads a line as one message or a batch of them.
func messagesOf(line []byte) (messages []fields, ok bool) {
	line = bytes.TrimSpace(line)
	if one, isObject := readFields(line); isObject {
		messages = []fields{one}
	} else if json.Unmarshal(line, &messages) != nil || len(messages) == 0 {
		return nil, false
	}
	for _, message := range messages {
		if !message.isMessage() {
			return nil, false
		}
	}
	return messages, true
}
