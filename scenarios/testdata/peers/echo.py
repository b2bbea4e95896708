"""An echo server and client, as one writes them in a first course: echo.py serve, echo.py ask HOST, echo.py upper, echo.py shout HOST."""
import socket
import sys
import threading


def serve():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", 7))

    def datagrams():
        while True:
            data, addr = udp.recvfrom(2048)
            udp.sendto(data, addr)

    threading.Thread(target=datagrams, daemon=True).start()
    streams(7, lambda data: data)


def streams(port, answer):
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.bind(("", port))
    tcp.listen()
    print("ready")
    while True:
        conn, _ = tcp.accept()
        while data := conn.recv(1024):
            conn.sendall(answer(data))
        conn.close()


def ask(host):
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.settimeout(5)
    udp.sendto(b"hello", (host, 7))
    print("udp", udp.recvfrom(1024)[0].decode())
    tcp = socket.create_connection((host, 7), 5)
    tcp.sendall(b"hello")
    print("tcp", tcp.recv(1024).decode())
    tcp.close()


def shout(host):
    """One connection, word after word, for as long as it likes."""
    tcp = socket.create_connection((host, 8), 5)
    for word in ["hello", "grüße 世界", "bye"]:
        tcp.sendall(word.encode())
        print(tcp.recv(1024).decode())
    tcp.close()


what = sys.argv[1]
if what == "serve":
    serve()
elif what == "upper":
    streams(8, lambda data: data.decode().upper().encode())
elif what == "ask":
    ask(sys.argv[2])
elif what == "shout":
    shout(sys.argv[2])
