"""Messages with their length before them: frame.py serve PORT COUNT, frame.py send HOST PORT TEXT.., frame.py half HOST PORT, frame.py negative HOST PORT."""
import socket
import struct
import sys


def recv_exactly(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            return data
        data += part
    return data


def serve(port, count):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("", port))
    server.listen()
    print("ready")
    conn, _ = server.accept()
    for _ in range(count):
        length = struct.unpack("i", recv_exactly(conn, 4))[0]
        print("message", recv_exactly(conn, length).decode())
    print("end", conn.recv(1))


def send(host, port, data):
    conn = socket.create_connection((host, port), 5)
    conn.sendall(data)
    conn.close()


def pack(text):
    data = text.encode()
    return struct.pack("i", len(data)) + data


what = sys.argv[1]
if what == "serve":
    serve(int(sys.argv[2]), int(sys.argv[3]))
else:
    host, port = sys.argv[2], int(sys.argv[3])
    if what == "send":
        send(host, port, b"".join(pack(text) for text in sys.argv[4:]))
    elif what == "half":
        send(host, port, pack("whole") + pack("half")[:6])
    elif what == "negative":
        send(host, port, struct.pack("i", -1))
    elif what == "network":
        send(host, port, struct.pack("!i", 5) + b"hello")
    elif what == "raw":
        send(host, port, " ".join(sys.argv[4:]).encode())
