package native

import (
	"os"
	"path/filepath"

	"netsim/nodes/agent"
	"netsim/topology"
	"netsim/topology/kernel"
)

// The files of a run, below its directory:
//
//	nodes/alice/…    alice's working directory
//	hosts/alice      alice's hosts file
//	hosts/resolv     everybody's resolv.conf: empty
func workDir(dir, node string) string   { return filepath.Join(dir, "nodes", node) }
func hostsFile(dir, node string) string { return filepath.Join(dir, "hosts", node) }
func resolvFile(dir string) string      { return filepath.Join(dir, "hosts", ".resolv") }

// prepare makes the working directory and the hosts file of a node when something
// runs there for the first time.
func prepare(dir string, oracle *topology.Oracle, node *topology.Node) error {
	if _, err := os.Stat(hostsFile(dir, node.Name)); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(dir, "hosts"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(resolvFile(dir), nil, 0o644); err != nil {
		return err
	}
	if err := agent.WriteFiles(workDir(dir, node.Name), node.Files); err != nil {
		return err
	}
	return kernel.WriteHosts(hostsFile(dir, node.Name), oracle.Names(node.Name))
}
