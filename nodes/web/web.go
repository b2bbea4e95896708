// Package web is the program `web`: files over HTTP/1.1 (RFC 9112), from net/http.
//
//	web serve                                     the working directory, on port 80
//	web get http://bob/firmware.bin --out fw.bin
//
// `web serve` gives out the regular files below one directory, with ranges and an ETag made of size and time. What
// is not below it does not exist: no `..`, and no symbolic link that leads out (os.Root).
//
// `web get` writes to a part beside the file, and renames it only when it is complete and right:
//
//	get fw.bin                 .fw.bin.part         what has come
//	 │                         .fw.bin.part.json    of which content: ETag, Last-Modified
//	 ├─ cut ──────► both stay
//	 │  get fw.bin --resume:   Range: bytes=300000-    If-Range: "that ETag"
//	 │     206: the rest comes · 200: the content is another one, it comes from the start
//	 └─ complete ─► length and --sha256 are right: renamed to fw.bin
//
// It asks the hosts file for names and nobody else, knows no proxy, and follows a few redirects, to http alone.
package web

import "netsim/nodes"

// Program describes `web`.
func Program() *nodes.Program {
	return &nodes.Program{
		Name: "web", Summary: "serves files over HTTP, and gets them",
		Forms: []nodes.Form{serveForm(), getForm()},
	}
}
