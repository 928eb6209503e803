package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// lineReader splits a stream into lines of at most max bytes.
type lineReader struct {
	r   *bufio.Reader
	max int
	buf []byte
}

// keepBuffer is the capacity a reader keeps between lines; one huge message must not stay in memory for ever.
const keepBuffer = 64 << 10

func newLineReader(r io.Reader, max int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 16<<10), max: max}
}

// lineTooLong reports a line that was read to its end but not kept.
type lineTooLong struct {
	size, max int
	id        json.RawMessage // the message's id, nil if it has none
	call      bool            // it has a method: a request or a notification
}

func (e *lineTooLong) Error() string {
	return fmt.Sprintf("message of %d bytes is over the limit of %d", e.size, e.max)
}

// next returns a line without its newline, valid until the following call. The rest of a stream that ends
// without a newline comes with io.ErrUnexpectedEOF.
func (l *lineReader) next() ([]byte, error) {
	if cap(l.buf) > keepBuffer {
		l.buf = nil
	}
	l.buf = l.buf[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		// +2: the line ending does not count.
		if len(l.buf)+len(part) > l.max+2 {
			return nil, l.discard(part, err)
		}
		l.buf = append(l.buf, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(l.buf, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(l.buf) > 0:
			return l.buf, io.ErrUnexpectedEOF
		}
		return nil, err
	}
}

// discard reads the rest of a line that is too long and keeps only its id.
func (l *lineReader) discard(part []byte, err error) error {
	var scan envelopeScanner
	scan.feed(l.buf)
	size := len(l.buf)
	l.buf = nil
	for {
		scan.feed(part)
		size += len(part)
		if err == nil {
			return &lineTooLong{size: size, max: l.max, id: scan.id(), call: scan.hasMethod}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		part, err = l.r.ReadSlice('\n')
	}
}

// envelopeScanner finds the top-level "id" and "method" of a JSON object that is never in memory as a whole.
// SDKs put the id first or last, so looking at either end of the text alone is not enough.
type envelopeScanner struct {
	depth     int
	inString  bool
	escaped   bool
	inValue   bool // past the colon of a top-level member
	key       []byte
	value     []byte
	found     []byte
	hasMethod bool
}

// maxID bounds what is kept of a key or an id.
const maxID = 256

func (s *envelopeScanner) feed(text []byte) {
	for _, c := range text {
		s.step(c)
	}
}

func (s *envelopeScanner) step(c byte) {
	switch {
	case s.inString:
		s.stepString(c)
	case c == '"':
		s.inString = true
		if s.depth == 1 && !s.inValue {
			s.key = s.key[:0]
		}
	case c == ':' && s.depth == 1 && !s.inValue:
		s.inValue = true
		s.value = s.value[:0]
		return
	case c == '}' && s.depth == 1, c == ',' && s.depth == 1:
		s.endMember()
		if c == '}' {
			s.depth = 0
		}
		return
	case c == '{', c == '[':
		s.depth++
	case c == '}', c == ']':
		s.depth--
	}
	if s.depth == 1 && s.inValue && len(s.value) < maxID {
		s.value = append(s.value, c)
	}
}

func (s *envelopeScanner) stepString(c byte) {
	switch {
	case s.escaped:
		s.escaped = false
	case c == '\\':
		s.escaped = true
	case c == '"':
		s.inString = false
		return
	}
	if s.depth == 1 && !s.inValue && len(s.key) < maxID {
		s.key = append(s.key, c)
	}
}

func (s *envelopeScanner) endMember() {
	if !s.inValue {
		return
	}
	s.inValue = false
	switch string(s.key) {
	case "id":
		s.found = append(s.found[:0], bytes.TrimSpace(s.value)...)
	case "method":
		s.hasMethod = true
	}
}

func (s *envelopeScanner) id() json.RawMessage {
	if !json.Valid(s.found) {
		return nil
	}
	return s.found
}
