"""The fuzzer's first inputs, from the goldens: seeds.py JOURNALS CORPUS"""
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


main(sys.argv[1], pathlib.Path(sys.argv[2]))
