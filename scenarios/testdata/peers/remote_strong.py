"""An operator of `remote serve`: remote_strong.py HOST KEYFILE USER WORD..
Written from the comments of the packages mutual, framing and remote."""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import sys

host, keyfile, user, words = sys.argv[1], sys.argv[2], sys.argv[3].encode(), sys.argv[4:]
secret = open(keyfile, "rb").read().rstrip(b"\r\n")
conn = socket.create_connection((host, 8080), 5)


def send(message):
    conn.sendall(struct.pack("<i", len(message)) + message)


def recv_all(n):
    data = b""
    while len(data) < n:
        part = conn.recv(n - len(data))
        if not part:
            sys.exit("the server has left")
        data += part
    return data


def recv():
    return recv_all(struct.unpack("<i", recv_all(4))[0])


def mac(key, *fields):
    return hmac.new(key, b"".join(struct.pack(">I", len(f)) + f for f in fields), hashlib.sha256).digest()


mine = os.urandom(32)
send(b"\x01" + mine + user)
challenge = recv()
theirs, server = challenge[1:33], challenge[33:]


def proof(label):
    return mac(secret, b"netsim mutual-hmac-sha256 1", label, mine, theirs, user, server)


send(b"\x03" + proof(b"client proves to server"))
verdict = recv()
if verdict == b"\x05":
    sys.exit("refused")
if not hmac.compare_digest(verdict, b"\x04" + proof(b"server proves to client")):
    sys.exit("the server does not have the secret")

key = proof(b"key of the session")
request = json.dumps({"command": words}).encode()
send(mac(key, b"client proves to server", struct.pack(">Q", 0), request) + request)
message = recv()
mark, answer = message[:32], message[32:]
if not hmac.compare_digest(mark, mac(key, b"server proves to client", struct.pack(">Q", 0), answer)):
    sys.exit("the answer was changed on the way")
answer = json.loads(answer)
print(server.decode(), "exit", answer["exit"], "error", repr(answer["error"]))
print(base64.b64decode(answer["stdout"]).decode(), end="")
