package main

import "os"

// pipes are a child's three streams; in each pair the read end comes first.
type pipes struct {
	stdin, stdout, stderr [2]*os.File
}

func openPipes() (p pipes, err error) {
	for _, pair := range []*[2]*os.File{&p.stdin, &p.stdout, &p.stderr} {
		if pair[0], pair[1], err = os.Pipe(); err != nil {
			p.closeChildEnds()
			p.closeParentEnds()
			return p, err
		}
	}
	return p, nil
}

// Closing a nil *os.File is an error, not a crash, so a half-opened set can be closed too.
func (p pipes) closeChildEnds() {
	p.stdin[0].Close()
	p.stdout[1].Close()
	p.stderr[1].Close()
}

func (p pipes) closeParentEnds() {
	p.stdin[1].Close()
	p.stdout[0].Close()
	p.stderr[0].Close()
}
