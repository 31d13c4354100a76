"""A PTP grandmaster for tests: two-step, end to end, UDP over IPv4, with a time error that the test states. It reads
this host's clock, and never sets it.

Its time is CLOCK_REALTIME + --tai seconds + --offset-ns. --flags are those of announce messages: 0x04 the offset from
UTC is valid, 0x08 PTP's time scale, 0x10 the time is traceable, 0x20 the frequency is.

With --metadata it also sends the synchronization metadata of SMPTE ST 2059-2, four times a second. Its times are given
in seconds from now, and rounded up to whole ten minutes of local time; without one there is none. --capture writes each
message of metadata as it is sent to a file that tshark reads, with the headers of IPv4 and UDP before it.
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
arguments.add_argument("--domain", type=int, default=127)
arguments.add_argument("--metadata", action="store_true")
arguments.add_argument("--capture")
arguments.add_argument("--rate", default="30000/1001")
arguments.add_argument("--locking", type=int, default=4)
arguments.add_argument("--address-flags", type=int, default=1)
arguments.add_argument("--local-offset", type=int, default=-18037)
arguments.add_argument("--jump", type=int, default=0)
arguments.add_argument("--next-jump", type=int)
arguments.add_argument("--next-jam", type=int, default=3600)
arguments.add_argument("--previous-jam", type=int, default=-82800)
arguments.add_argument("--previous-offset", type=int, default=-18037)
arguments.add_argument("--daylight", type=int, default=0)
arguments.add_argument("--leap-second", action="store_true")
options = arguments.parse_args()

GROUP = "224.0.1.129"
DOMAIN = options.domain
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


def metadata():
    now = own_time(time.time_ns()) // 10**9

    def seconds(distance, offset):
        if distance is None:
            return bytes(6)
        second = now + distance
        second += -(second + offset) % 600
        return struct.pack(">HI", second >> 32, second & 0xFFFFFFFF)

    rate = [int(part) for part in options.rate.split("/")]
    data = struct.pack(">IIBBii", *rate, options.locking, options.address_flags, options.local_offset, options.jump)
    data += seconds(options.next_jump, options.local_offset) + seconds(options.next_jam, options.local_offset)
    data += seconds(options.previous_jam, options.previous_offset)
    data += struct.pack(">iBB", options.previous_offset, options.daylight, options.leap_second)
    element = struct.pack(">HH3s3s", 3, 6 + len(data), bytes.fromhex("6897e8"), b"\0\0\1") + data
    # To every port, and as a command.
    return b"\xff" * 10 + struct.pack(">BBBB", 0, 0, 3, 0) + element


def capture(message):
    datagram = struct.pack(">HHHH", 320, 320, 8 + len(message), 0) + message
    packet = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 1, socket.IPPROTO_UDP, 0, socket.inet_aton(options.ip),
        socket.inet_aton(GROUP)) + datagram
    seconds, rest = divmod(time.time_ns(), 10**9)
    with open(options.capture, "ab") as file:
        if file.tell() == 0:
            # The format of libpcap, with packets of IP.
            file.write(struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        file.write(struct.pack(">IIII", seconds, rest // 1000, len(packet), len(packet)) + packet)


events, general = opened(319), opened(320)
announces = syncs = sent = 0
next_announce = next_sync = next_metadata = time.monotonic()
# The same in each message, so that nothing changes when a whole ten minutes pass.
content = metadata() if options.metadata else b""
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
    if content and now >= next_metadata:
        message = header(13, 34 + len(content), sent, 4, 0x7F) + content
        if options.capture:
            capture(message)
        general.sendto(message, (GROUP, 320))
        sent += 1
        next_metadata += 0.25
    rest = max(0, min(next_announce, next_sync, next_metadata if content else next_sync) - time.monotonic())
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
