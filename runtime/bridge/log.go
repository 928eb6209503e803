package main

import (
	"fmt"
	"os"
	"sync"
)

var stderrLock sync.Mutex

// logf writes one line of the bridge's own to the pod log.
func logf(format string, args ...any) {
	writeLine(fmt.Appendf(nil, "mcpk-bridge: "+format, args...))
}

// writeLine keeps lines whole when several server processes talk at once.
func writeLine(line []byte) {
	stderrLock.Lock()
	defer stderrLock.Unlock()
	os.Stderr.Write(append(line[:len(line):len(line)], '\n'))
}
