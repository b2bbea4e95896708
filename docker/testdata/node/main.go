// Command node is the program of the nodes in the tests of the docker package: the agent,
// and a few things to run.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"netsim/nodes/agent"
)

func main() {
	if len(os.Args) < 3 && (len(os.Args) < 2 || os.Args[1] != "agent") {
		os.Exit(2)
	}
	if os.Args[1] == "agent" {
		os.Exit(agent.Main(os.Args[2:]))
	}
	if err := program(os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func program(name string, args []string) error {
	switch name {
	case "serve": // answers each connection with the caller's address
		return serve()
	case "call": // ADDRESS: prints the answer
		return call(args[0])
	case "cat": // FILE
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		_, err = io.Copy(os.Stdout, f)
		return err
	case "echo": // standard input
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "orphan": // leaves a child that has left the session
		return orphan("nothing")
	case "daemon": // leaves one that stays
		return orphan("sleep")
	case "sleep":
		time.Sleep(time.Hour)
	case "resolver": // fails where Docker's name server does not answer
		c, err := net.DialTimeout("tcp4", "127.0.0.11:53", time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	case "interfaces":
		return interfaces()
	}
	return nil
}

func serve() error {
	l, err := net.Listen("tcp4", ":7")
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		fmt.Fprintln(c, host)
		c.Close()
	}
}

func call(host string) error {
	c, err := net.DialTimeout("tcp4", net.JoinHostPort(host, "7"), 2*time.Second)
	if err != nil {
		return err
	}
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	_, err = io.Copy(os.Stdout, c)
	return err
}

func orphan(program string) error {
	attr := &os.ProcAttr{Files: []*os.File{nil, nil, nil}, Sys: detached()}
	p, err := os.StartProcess("/proc/self/exe", []string{"netsim", "node", program}, attr)
	if err != nil {
		return err
	}
	fmt.Println(p.Pid)
	return p.Release()
}

func interfaces() error {
	all, err := net.Interfaces()
	if err != nil {
		return err
	}
	for _, i := range all {
		addrs, _ := i.Addrs()
		fmt.Println(i.Name, i.HardwareAddr, i.MTU, addrs)
	}
	return nil
}
