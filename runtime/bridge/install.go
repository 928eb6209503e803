package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// runInstall is what an init container calls, in an image that has no shell and no cp.
func runInstall(args []string) int {
	if len(args) != 1 || args[0] == "" {
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
	target, err := install(args[0])
	if err != nil {
		logf("cannot install: %v", err)
		return exitFailed
	}
	logf("installed %s", target)
	return 0
}

// install writes beside the target and renames, so that nobody ever executes half a file.
func install(dir string) (target string, err error) {
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return "", err
	}
	defer self.Close()
	tmp, err := os.CreateTemp(dir, ".mcpk-bridge-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp.Name())
	_, err = io.Copy(tmp, self)
	if err == nil {
		err = tmp.Chmod(0o755)
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", err
	}
	target = filepath.Join(dir, "mcpk-bridge")
	return target, os.Rename(tmp.Name(), target)
}
