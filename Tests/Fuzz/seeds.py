"""The fuzzer's first inputs, from the goldens and from what ptp4l sent: seeds.py JOURNALS PTP CORPUS"""
import hashlib
import pathlib
import sys

# In the order of `JournalRecord.tags`.
TAGS = ["OBS_RUN_BEGIN_V0", "OBS_SESSION_ANCHOR_V0", "OBS_BLOCK_V0", "OBS_TICK_V0", "OBS_CLOCK_SAMPLE_V0",
        "OBS_KERNEL_CLOCK_V0", "OBS_TIME_SYNC_V0", "OBS_RUN_HOST_V0", "OBS_SERVICE_LEVEL_V0", "OBS_SESSION_LABELS_V0",
        "OBS_STOLEN_TIME_V0", "OBS_CLUSTER_V0", "OBS_WALL_STEP_V0", "OBS_WALL_SET_V0", "OBS_SUSPEND_V0",
        "OBS_MONOTONIC_RATE_V0", "OBS_HANDLER_HANG_V0", "OBS_INCIDENT_V0", "OBS_RECORDS_LOST_V0",
        "OBS_SESSION_REMOVED_V0", "OBS_SESSION_END_V0", "OBS_RUN_END_V0"]
BY_DIGEST = {hashlib.sha256(tag.encode()).digest(): index for index, tag in enumerate(TAGS)}


def head(data, at):
    info = data[at] & 31
    if info < 24:
        return data[at] >> 5, info, at + 1
    size = 1 << (info - 24)
    return data[at] >> 5, int.from_bytes(data[at + 1:at + 1 + size], "big"), at + 1 + size


def item(data, at):
    major, value, at = head(data, at)
    if major in (2, 3):
        return data[at:at + value], at + value
    if major == 4:
        items = []
        for _ in range(value):
            one, at = item(data, at)
            items.append(one)
        return items, at
    if major == 5:
        pairs = {}
        for _ in range(value):
            key, at = item(data, at)
            pairs[key], at = item(data, at)
        return pairs, at
    return (None if major == 7 else value), at


def ptp(folder, corpus):
    """Each T-REACH-... is made to reach what it is named after; run checks that it does."""
    def step(kind, data=b""):
        return bytes([kind]) + len(data).to_bytes(2, "big") + data

    def length(ns):
        return step(4, ns.to_bytes(8, "big"))

    def clock(utc):
        return step(5, utc.to_bytes(8, "big"))

    def seed(name, *steps):
        (corpus / f"T-{name}").write_bytes(b"T" + b"".join(steps))

    def recorded(name, kind):
        lines = [line.split() for line in (folder / f"{name}.txt").read_text().splitlines()]
        return [bytes.fromhex(line[-1]) for line in lines if line[:1] == [kind]]

    def told(parent=None, clock_class=6, steps_removed=1, flags=8):
        """The answers of one round. `flags`: PTP's time scale, which the recording's grandmaster did not have."""
        answers = []
        for answer in recorded("management", "resp"):
            answer, data_set = bytearray(answer), answer[52:54]
            if data_set == b"\x20\x01":
                answer[54:56] = steps_removed.to_bytes(2, "big")
            elif data_set == b"\x20\x02":
                answer[54:64] = parent or answer[54:64]
                answer[73] = clock_class
            elif data_set == b"\x20\x03":
                answer[56] |= flags
            answers.append(step(1, bytes(answer)))
        return b"".join(answers)

    def heard(datagrams):
        return b"".join(step(2, datagram) + length(20_000_000) for datagram in datagrams)

    def signal(datagram, *records):
        """The datagram of a recorded exchange with other records of its kind."""
        element = datagram[44:46] + (10 + sum(map(len, records))).to_bytes(2, "big") + datagram[48:58]
        return datagram[:2] + (44 + len(element) + sum(map(len, records))).to_bytes(2, "big") + datagram[4:44] \
            + element + b"".join(records)

    seed("answers", told(flags=0), length(2_000_000_000), step(6), told())
    local = recorded("slave-event-monitor", "HEX")
    seed("utc-as-ptp", told(), heard(local), told(flags=0), heard(local))

    # When they were recorded: between both jams of the metadata.
    utc = 1_795_852_950_000_000_000
    for name in ("monitor-asym-200us", "monitor-pygm-250us"):
        exchanges = recorded(name, "HEX")
        parent, other = exchanges[0][48:58], local[0][48:58]
        seed(f"bound-{name}", told(parent), heard(exchanges), length(5_000_000_000), heard(exchanges))
        seed(f"bound-clock-{name}", told(parent), clock(utc), heard(exchanges), clock(utc - 1_000_000_000),
             heard(exchanges), clock(0), heard(exchanges))
        seed(f"bound-parent-{name}", told(other), heard(local), step(6), told(parent), heard(exchanges),
             length(1_000_000_000), heard(exchanges), told(other))
        seed(f"bound-holdover-{name}", told(parent, clock_class=7), heard(exchanges))
        seed(f"bound-hops-{name}", told(parent, steps_removed=3), heard(exchanges))
        sync = next(one for one in exchanges if one[44:46] == b"\x80\x04")
        delay = next(one for one in exchanges if one[44:46] == b"\x7f\x00")
        # Of the times that are accepted the parent's is the first and the local one the last, and the correction is
        # the least number.
        first, last = bytes(10), (7_258_118_399).to_bytes(6, "big") + (999_999_999).to_bytes(4, "big")
        widest = signal(sync, sync[58:60] + first + bytes([128]) + bytes(7) + bytes(4) + last)
        seed(f"bound-wide-{name}", told(parent), heard([widest, delay]), length(500_000_000))
        many = [signal(sync, *[sync[58:]] * 1_100), signal(delay, *[delay[58:]] * 500)]
        seed(f"window-{name}", told(parent), heard(many))

    metadata = bytes.fromhex(
        "0d0200647f000000000000000000000000000000020000fffe00000100010006047fffffffffffffffffffff00000300000300306897e800"
        "000100007530000003e90401ffffb98b0000000000000000000000006b0a983c00006b0946bcffffb98b0000")
    # The recording's grandmaster jammed an hour after whatever second it was, which the standard does not allow.
    right = bytearray(metadata)
    right[87], right[93] = right[87] - 7, right[93] - 7
    jump, other = bytearray(right), bytearray(right)
    jump[72:82] = (3_600).to_bytes(4, "big") + (1_795_900_000).to_bytes(6, "big")
    other[28] += 1
    seed("metadata-kept", clock(utc), step(3, right), step(3, metadata), length(5_000_000_000), step(3, right),
         step(3, other))
    seed("metadata-jump", clock(utc), step(3, right), step(3, jump), length(50_000_000_000_000), step(3, jump))


def main(journals, corpus):
    common = (9).to_bytes(8, "big") + (2).to_bytes(8, "big") + (1).to_bytes(8, "big") + (1).to_bytes(8, "big") + (2).to_bytes(8, "big")
    (corpus / "P-request").write_bytes(b"P" + b"TKPX" + bytes([1, 1, 1, 0]) + common + bytes(64))
    (corpus / "P-reply").write_bytes(b"P" + b"TKPX" + bytes([1, 2, 1, 3]) + common + bytes(range(1, 9)) * 2
                                     + (1_795_000_000_000_000_000).to_bytes(8, "big") + (5_000).to_bytes(8, "big")
                                     + (7_000).to_bytes(8, "big") + bytes(24))
    time = (0xEE000000 << 32).to_bytes(8, "big")
    (corpus / "N-reply").write_bytes(b"N" + bytes([0x24, 2, 6, 0xE9]) + bytes(12) + time * 4)
    def step(flags, kind, utc=0, hold=0, error=3_000_000, trip=20, pause=500, moved=0):
        return (bytes([flags, kind]) + b"".join(n.to_bytes(8, "big", signed=True) for n in (utc, hold, error))
                + b"".join(n.to_bytes(2, "big") for n in (trip, pause, moved)))

    ends = [-(1 << 63), -1, 0, 1, 1 << 62, 7_258_118_400_000_000_000, (1 << 63) - 200_000_001, (1 << 63) - 1]
    honest = step(8, 3) + step(9, 3, pause=20)
    (corpus / "C-honest").write_bytes(b"C" + honest * 12)
    (corpus / "C-moved").write_bytes(b"C" + honest * 8 + step(24, 3, moved=900) + honest * 4 + step(0xA8, 3, moved=40_000) + honest * 8)
    for flags in (9, 11):
        for end in ends:
            for field, kind in (("utc", 0), ("hold", 3), ("error", 3)):
                liar = step(flags, kind, **{field: end})
                (corpus / f"C-{flags}-{field}-{end}").write_bytes(b"C" + (step(8, 3, pause=10) + liar) * 12)
                # A majority lies.
                both = step(flags & ~1, kind, pause=10, **{field: end}) + liar
                (corpus / f"C-{flags}-both-{field}-{end}").write_bytes(b"C" + both * 12)
    for path in sorted(pathlib.Path(journals).glob("*.journal")):
        data, at, records, events = path.read_bytes(), 0, b"R", []
        (corpus / f"J-{path.stem}").write_bytes(b"J" + data)
        while at < len(data):
            start = at
            try:
                (event, _), at = item(data, at)
            except (IndexError, ValueError):
                break
            events.append(data[start + 1:at - 34])
            if event[b"observation_type"] in BY_DIGEST:
                payload = event[b"payload"]
                records += bytes([BY_DIGEST[event[b"observation_type"]]]) + len(payload).to_bytes(2, "big") + payload
        for length in (2_000, 6_000, len(records)):
            (corpus / f"R-{path.stem}-{length}").write_bytes(records[:length])
        for index in range(0, len(events), 40):
            (corpus / f"E-{path.stem}-{index}").write_bytes(b"E" + events[index])
            (corpus / f"V-{path.stem}-{index}").write_bytes(b"V" + events[index])


main(sys.argv[1], pathlib.Path(sys.argv[3]))
ptp(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
