"""Broadcast and multicast, as one writes them in a first course: cast.py send|receive broadcast|multicast."""
import socket
import struct
import sys

GROUP = "239.1.1.1"
PORT = 5007


def send_broadcast(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.sendto("大家好 from Python".encode(), ("255.255.255.255", PORT))


def send_multicast(s):
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("b", 1))
    s.sendto("组里好 from Python".encode(), (GROUP, PORT))


def receive_broadcast(s):
    s.bind(("", PORT))


def receive_multicast(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", PORT))
    mreq = struct.pack("4sl", socket.inet_aton(GROUP), socket.INADDR_ANY)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, mreq)


sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
what, how = sys.argv[1:]
globals()[what + "_" + how](sock)
if what == "receive":
    print("ready")
    sock.settimeout(10)
    data, addr = sock.recvfrom(1024)
    print(addr[0], data.decode())
