"""The first chat program of a course: talk.py serve PORT [framed], talk.py join HOST PORT [framed]. Both read lines from standard input."""
import socket
import struct
import sys

framed = sys.argv[-1] == "framed"


def recv_exactly(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            raise EOFError(f"{len(data)} of {n} bytes")
        data += part
    return data


def send(conn, text):
    data = text.encode("utf-8")
    if framed:
        data = struct.pack("i", len(data)) + data
    conn.sendall(data)


def receive(conn):
    if framed:
        length = struct.unpack("i", recv_exactly(conn, 4))[0]
        return recv_exactly(conn, length).decode("utf-8")
    return conn.recv(1024).decode("utf-8")


def talk(conn, first):
    """Takes turns until somebody says q."""
    my_turn = first
    while True:
        if my_turn:
            text = input()
            send(conn, text)
        else:
            text = receive(conn)
            print("heard", text)
        if text in ("q", "Q", ""):
            break
        my_turn = not my_turn
    conn.close()


def serve(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", port))
    server.listen(5)
    print("ready")
    while True:
        conn, addr = server.accept()
        print("client", addr[0])
        talk(conn, True)


def join(host, port):
    talk(socket.create_connection((host, port), 5), False)


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    join(sys.argv[2], int(sys.argv[3]))
