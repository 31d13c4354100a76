"""A PTP grandmaster for tests: two-step, end to end, UDP over IPv4, with a time error that the test states. It reads
this host's clock, and never sets it.

Its time is CLOCK_REALTIME + --tai seconds + --offset-ns. --flags are those of announce messages: 0x04 the offset from
UTC is valid, 0x08 PTP's time scale, 0x10 the time is traceable, 0x20 the frequency is.
"""

import argparse
import select
import socket
import struct
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--ip", required=True)
arguments.add_argument("--identity", type=int, default=1)
arguments.add_argument("--priority", type=int, default=5)
arguments.add_argument("--clock-class", type=int, default=6)
arguments.add_argument("--accuracy", type=lambda text: int(text, 0), default=0x21)
arguments.add_argument("--flags", type=lambda text: int(text, 0), default=0x3C)
arguments.add_argument("--announced-offset", type=int, default=37)
arguments.add_argument("--tai", type=int, default=37)
arguments.add_argument("--offset-ns", type=int, default=0)
arguments.add_argument("--late-ns", type=int, default=0, help="by how much the arrival of a request is stated late")
options = arguments.parse_args()

GROUP = "224.0.1.129"
DOMAIN = 127
# Not in Python's module: SO_TIMESTAMPNS.
STAMP = 35
CLOCK = bytes([2, 0, 0, 0xFF, 0xFE, 0, 0, options.identity])


def opened(port):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(("", port))
    own = socket.inet_aton(options.ip)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + own)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    opened.setsockopt(socket.SOL_SOCKET, STAMP, 1)
    return opened


def own_time(utc):
    return utc + options.offset_ns + options.tai * 10**9


def stamp(nanoseconds):
    seconds, rest = divmod(nanoseconds, 10**9)
    return struct.pack(">HII", seconds >> 32, seconds & 0xFFFFFFFF, rest)


def header(kind, length, sequence, control, interval, flags=0, correction=0):
    return struct.pack(
        ">BBHBBHqI10sHBb", kind, 2, length, DOMAIN, 0, flags, correction, 0, CLOCK + b"\0\1", sequence & 0xFFFF,
        control, interval)


def announce(sequence):
    body = stamp(0) + struct.pack(
        ">hBBBBHB8sHB", options.announced_offset, 0, options.priority, options.clock_class, options.accuracy, 0x4E5D,
        options.priority, CLOCK, 0, 0x20)
    return header(11, 64, sequence, 5, -2, options.flags) + body


events, general = opened(319), opened(320)
announces = syncs = 0
next_announce = next_sync = time.monotonic()
print("ready", flush=True)
while True:
    now = time.monotonic()
    if now >= next_announce:
        general.sendto(announce(announces), (GROUP, 320))
        announces += 1
        next_announce += 0.25
    if now >= next_sync:
        left = time.time_ns()
        events.sendto(header(0, 44, syncs, 0, -3, 0x0200) + stamp(0), (GROUP, 319))
        general.sendto(header(8, 44, syncs, 2, -3) + stamp(own_time(left)), (GROUP, 320))
        syncs += 1
        next_sync += 0.125
    rest = max(0, min(next_announce, next_sync) - time.monotonic())
    for ready in select.select([events, general], [], [], rest)[0]:
        data, ancillary, _, _ = ready.recvmsg(1500, 256)
        if len(data) < 44 or data[0] & 15 != 1 or data[4] != DOMAIN:
            continue
        came = time.time_ns()
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == STAMP:
                seconds, rest = struct.unpack("qq", value[:16])
                came = seconds * 10**9 + rest
        (sequence,) = struct.unpack_from(">H", data, 30)
        (correction,) = struct.unpack_from(">q", data, 8)
        answer = header(9, 54, sequence, 3, -3, 0, correction) + stamp(own_time(came) + options.late_ns) + data[20:30]
        general.sendto(answer, (GROUP, 320))
