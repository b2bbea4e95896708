package native_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"netsim/topology"
	"netsim/topology/topotest"
)

// BenchmarkThroughput carries a TCP stream between two hosts on a segment, and across a
// router, in turn with the same networks made by hand with `ip netns`. The metric
// hand-ratio is ours by theirs. It needs root, iproute2 and iperf3.
//
//	go test ./topology/native -run - -bench Throughput -benchtime 5x
func BenchmarkThroughput(b *testing.B) {
	topotest.Require(b, "native")
	if os.Geteuid() != 0 {
		b.Skip("needs root for ip netns")
	}
	plan, err := topology.Resolve(topotest.Routed())
	if err != nil {
		b.Fatal(err)
	}
	for _, far := range []string{"bob", "carol"} {
		b.Run("to="+far, func(b *testing.B) {
			here, hand := ours(b, upPlan(b, plan)), byHand(b, plan)
			address := plan.Node(far).Interfaces[0].Address.Addr().String()
			var rate, handRate float64
			for b.Loop() {
				rate += iperf(b, here, far, address)
				handRate += iperf(b, hand, far, address)
			}
			b.ReportMetric(rate/handRate, "hand-ratio")
			if b.N >= 5 && rate/handRate < 0.95 { // a single pair says little
				b.Errorf("%.2f of what is made by hand, at least 0.95 is wanted", rate/handRate)
			}
			b.ReportMetric(rate/float64(b.N)/1e9, "Gbit/s")
			b.ReportMetric(handRate/float64(b.N)/1e9, "hand-Gbit/s")
		})
	}
}

// place starts a command on a node; the function that it returns waits for the end
// and gives what it wrote.
type place func(node string, args ...string) (wait func() string)

// iperf measures two seconds of TCP from alice, in bits per second.
func iperf(b *testing.B, on place, far, address string) float64 {
	b.Helper()
	server := on(far, "iperf3", "--server", "--one-off")
	client := on("alice", "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; iperf3 --json --time 2 --client "+address+" && exit; done")
	out := client()
	server()
	var result struct {
		End struct {
			Received struct {
				Rate float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
	}
	last := out[strings.LastIndex(out, "\n{")+1:]
	if err := json.Unmarshal([]byte(last), &result); err != nil || result.End.Received.Rate == 0 {
		b.Fatalf("%v: %s", err, out)
	}
	return result.End.Received.Rate
}

// ours runs commands on nodes of a world.
func ours(b *testing.B, world topology.World) place {
	return func(node string, args ...string) func() string {
		p, err := world.Start(b.Context(), node, topology.Command{Args: args})
		if err != nil {
			b.Fatal(err)
		}
		p.Stdin().Close()
		go io.Copy(io.Discard, p.Stderr())
		return func() string {
			out, _ := io.ReadAll(p.Stdout())
			p.Wait()
			return string(out)
		}
	}
}

// theirs runs commands in namespaces made by hand.
func theirs(b *testing.B, prefix string) place {
	return func(node string, args ...string) func() string {
		cmd := exec.Command("ip", append([]string{"netns", "exec", prefix + node}, args...)...)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		return func() string {
			cmd.Wait()
			return out.String()
		}
	}
}

// byHand builds the plan with ip-netns(8).
func byHand(b *testing.B, plan *topology.Plan) place {
	b.Helper()
	prefix := fmt.Sprintf("hand%d-", os.Getpid())
	ip := func(args ...string) {
		b.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			b.Fatalf("ip %v: %v: %s", args, err, out)
		}
	}
	sw := prefix + "switch"
	addNetns(b, ip, sw)
	for i := range plan.Segments {
		ip("-n", sw, "link", "add", fmt.Sprintf("br%d", i), "type", "bridge")
		ip("-n", sw, "link", "set", fmt.Sprintf("br%d", i), "up")
	}
	for _, n := range plan.Nodes {
		addNetns(b, ip, prefix+n.Name)
		for _, x := range n.Interfaces {
			handCable(ip, plan, sw, prefix+n.Name, n, x)
		}
		for _, r := range n.Routes {
			ip("-n", prefix+n.Name, "route", "add", r.Destination.String(), "via", r.Via.String())
		}
		if n.Forwards() {
			ip("netns", "exec", prefix+n.Name, "sysctl", "-qw", "net.ipv4.ip_forward=1")
		}
	}
	return theirs(b, prefix)
}

func addNetns(b *testing.B, ip func(...string), name string) {
	ip("netns", "add", name)
	b.Cleanup(func() { exec.Command("ip", "netns", "del", name).Run() })
	ip("-n", name, "link", "set", "lo", "up")
}

func handCable(ip func(...string), plan *topology.Plan, sw, ns string, n topology.Node, x topology.Interface) {
	port := n.Name + "-" + x.Name
	ip("-n", sw, "link", "add", port, "type", "veth", "peer", "name", x.Name, "netns", ns)
	for i, s := range plan.Segments {
		if s.Name == x.Segment {
			ip("-n", sw, "link", "set", port, "master", fmt.Sprintf("br%d", i), "up")
		}
	}
	ip("-n", ns, "address", "add", x.Address.String(), "dev", x.Name)
	ip("-n", ns, "link", "set", x.Name, "up")
}
