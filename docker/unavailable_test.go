package docker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/docker"
	"netsim/topology"
)

// TestUnavailable asks in processes of their own: testcontainers-go finds an engine once.
func TestUnavailable(t *testing.T) {
	dir := t.TempDir()
	silent, err := net.Listen("unix", filepath.Join(dir, "silent"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for host, want := range map[string]string{
		"unix://" + dir + "/none":   "no Docker engine answers at unix://" + dir + "/none",
		"unix://" + dir + "/silent": "the Docker engine at unix://" + dir + "/silent does not answer within 3s",
	} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), "NETSIM_TEST_ASK=1", "DOCKER_HOST="+host)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		if got, hint, _ := strings.Cut(strings.TrimSpace(string(out)), "\n"); got != want || hint == "" {
			t.Errorf("%s, want %s\nhint: %s", got, want, hint)
		}
	}
}

// ask prints what is wrong with the engine.
func ask() {
	err := (&docker.Driver{}).Ready(context.Background())
	var u *topology.Unavailable
	if errors.As(err, &u) {
		fmt.Println(u)
		fmt.Println(u.Hint)
		return
	}
	fmt.Println("not unavailable:", err)
}
