package web

import (
	"context"
	"net/url"
	"time"

	"netsim/nodes"
)

func getForm() nodes.Form {
	return nodes.Form{
		Words:   "get",
		Summary: "gets a file over HTTP, to a file or only to compute its SHA-256",
		Args:    []nodes.Arg{{Name: "URL", Type: nodes.Text, Help: "http://HOST[:PORT]/PATH"}},
		Flags: []nodes.Flag{
			{Name: "out", Type: nodes.Path, Help: "file to write; it appears when all of it is there and right"},
			{Name: "overwrite", Type: nodes.Bool, Help: "replace a file that exists"},
			{Name: "resume", Type: nodes.Bool, Help: "go on from the part that an earlier get to --out has left"},
			{Name: "sha256", Type: nodes.Text, Help: "64 hexadecimal digits that the whole file must have"},
			{Name: "timeout", Type: nodes.Duration, Default: "10s", Min: "1ms", Help: "for connecting, and for each time that nothing comes; unanswered ARP is told after 3s"},
			{Name: "max", Type: nodes.Size, Default: "10GB", Help: "a file that is larger is not taken"},
			{Name: "stop-after", Type: nodes.Size, Help: "leave after so much, as if the connection were cut, and keep the part"},
		},
		Notes: []string{
			"What has come of a file that was not finished is kept beside it, as .FILE.part. With --resume the server is asked for the rest alone, provided that its file is still the same (If-Range, RFC 9110); else it comes from the start.",
			"Names are looked up in the hosts file. No proxy is used; up to 5 redirects are followed, to http alone.",
			"The content is not encrypted, and only --sha256 tells that it is the right one.",
		},
		Result: []nodes.Field{
			{Name: "status", Type: nodes.Int, Help: "the answer's status: 200, or 206 for the rest (RFC 9110, section 15)"},
			{Name: "bytes", Type: nodes.Size, Help: "the whole file's size, or that of the part that is there"},
			{Name: "sha256", Type: nodes.Text, Help: `the whole file's SHA-256; "" when it is not complete`},
			{Name: "offset", Type: nodes.Size, Help: "where it was resumed"},
			{Name: "seconds", Type: nodes.Duration, Help: "from connecting to the last byte"},
		},
		Run: get,
	}
}

func get(ctx context.Context, call *nodes.Call) error {
	d, err := newDownload(call)
	if err != nil {
		return err
	}
	if err := d.open(call.Text("out"), call.Bool("overwrite")); err != nil {
		return err
	}
	start := time.Now()
	err = d.run(ctx)
	if err == nil {
		err = d.keep()
	}
	d.to.close()
	v := nodes.Values{"status": d.status, "bytes": d.to.size, "offset": d.offset, "seconds": time.Since(start)}
	if err == nil {
		v["sha256"] = d.to.sum()
	}
	call.Result(v)
	return err
}

// newDownload checks what was typed.
func newDownload(call *nodes.Call) (*download, error) {
	u, err := url.Parse(call.Arg("URL"))
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return nil, &nodes.UsageError{Message: "web get: URL: not one of plain HTTP: " + short(call.Arg("URL")), Hint: "http://HOST[:PORT]/PATH"}
	}
	if call.Bool("resume") && call.Text("out") == "" {
		return nil, &nodes.UsageError{Message: "web get: --resume needs --out", Hint: "the part of which file?"}
	}
	if want := call.Text("sha256"); want != "" && !isSHA256(want) {
		return nil, &nodes.UsageError{Message: "web get: --sha256: not a SHA-256: " + short(want), Hint: "64 hexadecimal digits, as hash FILE prints them"}
	}
	return &download{
		url: u, want: call.Text("sha256"), resume: call.Bool("resume"), most: call.Size("max"),
		stop: call.Size("stop-after"), stops: call.Has("stop-after"), client: newClient(call.Duration("timeout")),
	}, nil
}
