"""Web servers and clients of Python's standard library: web.py serve, web.py ask HOST."""
import hashlib
import http.client
import http.server
import os
import re
import sys
import threading
import urllib.error
import urllib.request


class Ranges(http.server.SimpleHTTPRequestHandler):
    """What Python's own handler lacks: ranges, and If-Range with a date."""

    def do_GET(self):
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        name = self.path.lstrip("/")
        modified = self.date_time_string(int(os.stat(name).st_mtime))
        if not wanted or self.headers.get("If-Range", modified) != modified:
            return super().do_GET()
        data = open(name, "rb").read()
        first = int(wanted[1])
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.send_header("Last-Modified", modified)
        self.end_headers()
        self.wfile.write(data[first:])


def serve():
    os.utime("file.bin", (10**9, 10**9))
    plain = http.server.ThreadingHTTPServer(("", 80), http.server.SimpleHTTPRequestHandler)
    ranges = http.server.ThreadingHTTPServer(("", 8000), Ranges)
    threading.Thread(target=ranges.serve_forever, daemon=True).start()
    print("ready")
    plain.serve_forever()


def ask(host):
    data = urllib.request.urlopen(f"http://{host}/file.bin", timeout=5).read()
    print("sha256", hashlib.sha256(data).hexdigest())
    part = urllib.request.Request(f"http://{host}/file.bin", headers={"Range": "bytes=1000-1999"})
    with urllib.request.urlopen(part, timeout=5) as answer:
        print("range", answer.status, answer.headers["Content-Range"], answer.read() == data[1000:2000])
    conn = http.client.HTTPConnection(host, 80, timeout=5)
    sockets = []
    for method in ["GET", "HEAD", "GET"]:
        conn.request(method, "/file.bin")
        answer = conn.getresponse()
        print(method, answer.status, answer.headers["Content-Length"], len(answer.read()))
        sockets.append(conn.sock)
    print("kept alive", all(s is sockets[0] for s in sockets))
    conn.request("GET", "/../web.py")
    answer = conn.getresponse()
    print("outside", answer.status)
    answer.read()
    try:
        urllib.request.urlopen(f"http://{host}/nothing", timeout=5)
    except urllib.error.HTTPError as e:
        print("nothing", e.code)


serve() if sys.argv[1] == "serve" else ask(sys.argv[2])
