package docker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/versions"
	tc "github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// patience is how long an engine may take to answer the first call.
const patience = 3 * time.Second

// engine is a connection to a Docker engine: testcontainers-go for the image and the
// containers, the client below it for all else.
type engine struct {
	provider *tc.DockerProvider
	api      client.APIClient
}

// connect finds the engine. The error is *topology.Unavailable.
func connect(ctx context.Context) (*engine, error) {
	if err := probe(ctx); err != nil {
		return nil, err
	}
	p, err := calm(func() (*tc.DockerProvider, error) {
		return tc.NewDockerProvider(tc.WithLogger(tclog.NewNoopLogger()), tc.WithDefaultBridgeNetwork(tc.Bridge))
	})
	if err != nil {
		return nil, unavailable(hostName(), err)
	}
	return &engine{provider: p, api: p.Client()}, nil
}

// probe sees whether there is an engine, without the patience of testcontainers-go, and
// without its way of looking elsewhere when DOCKER_HOST does not answer.
func probe(ctx context.Context) error {
	settle()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c, err := find(ctx)
	if err != nil {
		return unavailable(hostName(), err)
	}
	defer c.Close()
	if _, err := c.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return unavailable(c.DaemonHost(), err)
	}
	return nil
}

// settle says to testcontainers-go what it reads once, at its first call. Its reaper is an image
// from a registry; labels, the agents' own end, and Sweep do its work here.
func settle() {
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	if os.Getenv(socketOverride) == "" { // it would ask the engine, for the reaper, and panic when interrupted
		os.Setenv(socketOverride, "/var/run/docker.sock")
	}
	tclog.SetDefault(tclog.NewNoopLogger())
}

const socketOverride = "TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE"

func find(ctx context.Context) (client.APIClient, error) {
	if os.Getenv("DOCKER_HOST") != "" {
		return client.New(client.FromEnv)
	}
	return calm(func() (*tc.DockerClient, error) { return tc.NewDockerClientWithOpts(ctx) })
}

// calm makes an error of testcontainers-go's panics where an engine does not answer.
func calm[T any](do func() (T, error)) (t T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return do()
}

func hostName() string {
	if h := os.Getenv("DOCKER_HOST"); h != "" {
		return h
	}
	return client.DefaultDockerHost
}

// local says whether the engine is spoken to by a socket of this machine.
func (e *engine) local() bool {
	host := e.api.DaemonHost()
	return strings.HasPrefix(host, "unix://") || strings.HasPrefix(host, "npipe://")
}

// close gives back the connections.
func (e *engine) close() { _ = e.provider.Close() }

// atLeast compares the version of the API that was agreed on.
func (e *engine) atLeast(version string) bool {
	return versions.GreaterThanOrEqualTo(e.api.ClientVersion(), version)
}
