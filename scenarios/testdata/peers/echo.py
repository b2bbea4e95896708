"""An echo server and client, as one writes them in a first course: echo.py serve, echo.py ask HOST."""
import socket
import sys
import threading


def serve():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("", 7))
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.bind(("", 7))
    tcp.listen()

    def datagrams():
        while True:
            data, addr = udp.recvfrom(2048)
            udp.sendto(data, addr)

    threading.Thread(target=datagrams, daemon=True).start()
    print("ready")
    while True:
        conn, _ = tcp.accept()
        while data := conn.recv(1024):
            conn.sendall(data)
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


serve() if sys.argv[1] == "serve" else ask(sys.argv[2])
