"""A remote command operator and agent, as one writes them in a first course:
remote.py operator ENCODING COMMAND.., remote.py agent HOST ENCODING."""
import socket
import struct
import subprocess
import sys


def recv_all(conn, n):
    data = b""
    while len(data) < n:
        part = conn.recv(min(1024, n - len(data)))
        if not part:
            raise EOFError("the agent left in the middle of an answer")
        data += part
    return data


def operator(encoding, commands):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", 8080))
    server.listen(5)
    print("ready")
    conn, addr = server.accept()
    for command in commands:
        conn.send(command.encode(encoding))
        length = struct.unpack("i", recv_all(conn, 4))[0]
        print(command, "=>", recv_all(conn, length).decode(encoding))
    conn.send("q".encode(encoding))
    conn.close()


def agent(host, encoding):
    client = socket.create_connection((host, 8080), 5)
    while True:
        command = client.recv(1024).decode(encoding)
        if command == "q" or not command:
            break
        done = subprocess.run(command, shell=True, capture_output=True)
        out = done.stdout.decode().encode(encoding)
        err = done.stderr.decode().encode(encoding)
        client.send(struct.pack("i", len(out) + len(err)))
        client.send(out)
        client.send(err)
    client.close()
    print("bye")


if sys.argv[1] == "operator":
    operator(sys.argv[2], sys.argv[3:])
else:
    agent(sys.argv[2], sys.argv[3])
