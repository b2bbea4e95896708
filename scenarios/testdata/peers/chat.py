"""A chat room over UDP and a member, as one writes them in a first course: chat.py serve [--wrong], chat.py join HOST NAME COUNT.

With --wrong the room takes every message with the word exit in it for a farewell, as a well-known one does.
"""
import socket
import sys
import threading


def serve(wrong):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 9999))
    print("ready")
    users = {}
    while True:
        data, addr = s.recvfrom(1024)
        text = data.decode()
        if addr not in users:
            users[addr] = text
            out = text + " 进入聊天室..."
        elif ("exit" in text.lower()) if wrong else text.split(" : ", 1)[-1].strip().lower() == "exit":
            out = users.pop(addr) + " 离开了聊天室..."
        else:
            out = text
        print("relays", out)
        for user in users:
            if user != addr:
                s.sendto(out.encode(), user)


def join(host, name, count):
    """Says the lines of standard input, and leaves when it has heard so many messages."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(name.encode(), (host, 9999))
    print("joined")

    def say():
        for line in sys.stdin:
            s.sendto((name + " : " + line.strip()).encode(), (host, 9999))

    threading.Thread(target=say, daemon=True).start()
    while count:
        text = s.recv(1024).decode()
        print("heard", text)
        count -= " : " in text
    s.sendto((name + " : exit").encode(), (host, 9999))


if sys.argv[1] == "serve":
    serve("--wrong" in sys.argv)
else:
    join(sys.argv[2], sys.argv[3], int(sys.argv[4]))
