package docker

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/containerd/errdefs"

	"netsim/topology"
)

// unavailable tells from a first call's error why the engine cannot be used.
func unavailable(host string, err error) *topology.Unavailable {
	text := err.Error()
	switch {
	case errors.Is(err, os.ErrPermission) || errdefs.IsPermissionDenied(err) || strings.Contains(text, "permission denied"):
		return &topology.Unavailable{
			Reason: "no permission to use the Docker engine at " + host,
			Hint:   "run as root, or become a member of the group docker: sudo usermod -aG docker $USER, then log in again",
		}
	case errors.Is(err, context.DeadlineExceeded):
		return &topology.Unavailable{
			Reason: "the Docker engine at " + host + " does not answer within " + patience.String(),
			Hint:   "is the engine running, and does DOCKER_HOST name it?",
		}
	case strings.Contains(text, "rootless Docker not found") || strings.Contains(text, "Cannot connect") || strings.Contains(text, "cannot connect") || strings.Contains(text, "failed to connect"):
		return &topology.Unavailable{
			Reason: "no Docker engine answers at " + host,
			Absent: absent(host),
			Hint:   "start it (systemctl start docker, or Docker Desktop), install it (https://docs.docker.com/engine/install), or name another with DOCKER_HOST",
		}
	}
	return &topology.Unavailable{Reason: "the Docker engine at " + host + ": " + text, Hint: "docker version should tell more"}
}

// absent says whether there is no socket at the place where one is by default.
func absent(host string) bool {
	if os.Getenv("DOCKER_HOST") != "" {
		return false
	}
	path, isSocket := strings.CutPrefix(host, "unix://")
	_, err := os.Stat(path)
	return isSocket && errors.Is(err, os.ErrNotExist)
}
