"""NTP servers of our own, which say of themselves what a test wants: the reference identifier, the stratum, the age of
the reference, the dispersion and the offset. Their time is this host's.

    python3 ntp-server.py CONFIG.json

CONFIG.json is a list of objects: {"address": "127.0.0.2", "port": 11123, "reference": "GPS" or "127.127.1.1" or
"0x7F7F0101", "stratum": 1, "dispersion_s": 0.0001, "delay_s": 0.0, "reference_age_s": 4 or null (no reference time),
"offset_s": 0.0}. Prints "ready" once all sockets are bound.
"""
import json
import select
import socket
import struct
import sys
import time

UNIX = 2_208_988_800


def identifier(text):
    if text.startswith("0x"):
        return int(text, 16)
    parts = text.split(".")
    if len(parts) == 4 and all(part.isdigit() for part in parts):
        return int.from_bytes(bytes(int(part) for part in parts), "big")
    return int.from_bytes(text.encode().ljust(4, b"\0")[:4], "big")


def stamp(nanoseconds):
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return ((seconds + UNIX) & 0xFFFFFFFF) << 32 | (rest << 32) // 1_000_000_000


def short(seconds):
    return int(seconds * 65_536)


def reply(request, server, received):
    offset = int(server.get("offset_s", 0) * 1e9)
    age = server.get("reference_age_s", 4)
    reference = 0 if age is None else stamp(received + offset - int(age * 1e9))
    head = struct.pack(
        "!BBBbIII", server.get("leap", 0) << 6 | 4 << 3 | 4, server.get("stratum", 1), request[2], -20,
        short(server.get("delay_s", 0)), short(server.get("dispersion_s", 0.0001)),
        identifier(server.get("reference", "GPS")))
    times = struct.pack("!QQQ", reference, struct.unpack("!Q", request[40:48])[0], stamp(received + offset))
    return head + times + struct.pack("!Q", stamp(time.time_ns() + offset))


servers = {}
for server in json.load(open(sys.argv[1])):
    one = socket.socket(socket.AF_INET6 if ":" in server["address"] else socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((server["address"], server["port"]))
    servers[one] = server
print("ready", flush=True)
while True:
    for one in select.select(list(servers), [], [])[0]:
        request, sender = one.recvfrom(512)
        received = time.time_ns()
        if len(request) >= 48 and request[0] & 7 == 3:
            one.sendto(reply(request, servers[one], received), sender)
