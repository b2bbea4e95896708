package agent

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"netsim/topology"
)

// DefaultPath is where programs are looked for when the environment does not say.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Prepare makes the command of a node whose working directory is dir: a program of
// netsim's own is this very executable, anything else is looked for in PATH. It gets the
// environment and what the command adds; the last value of a name counts.
func Prepare(c topology.Command, dir string, environ []string) (*exec.Cmd, error) {
	env := slices.Concat([]string{"PATH=" + DefaultPath, Unbuffered}, environ, c.Env)
	if c.Program {
		return &exec.Cmd{
			Path: "/proc/self/exe",
			Args: append([]string{"netsim", "node"}, c.Args...),
			Env:  env, Dir: dir,
		}, nil
	}
	path, err := lookPath(c.Args[0], dir, env)
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{Path: path, Args: c.Args, Env: env, Dir: dir}, nil
}

// lookPath finds an executable as execvp(3) does, with the PATH that the program will see.
func lookPath(name, dir string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, name)
		}
		if !executable(path) {
			return "", missing(name)
		}
		return path, nil
	}
	for _, d := range filepath.SplitList(valueOf("PATH", env)) {
		if path := filepath.Join(d, name); executable(path) {
			return path, nil
		}
	}
	return "", missing(name)
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

func valueOf(name string, env []string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value
		}
	}
	return ""
}
