#!/usr/bin/env python3
"""Makes the hand-made journals, and what must be believed at each of their cuts.

An oracle of its own: deterministic CBOR, SHA-256 ids and the five policies, written from their definitions
and not from the product's code. Means are exact fractions, and Marzullo's points are found by trying each.

    python3 Fixtures/journals/make.py        # writes <name>.journal and <name>.json beside itself
"""
import hashlib
import json
import math
import pathlib
import random
from fractions import Fraction

HERE = pathlib.Path(__file__).parent
UNKNOWN = {"ns": 0, "uncertainty_ns": 2**64 - 1, "domain": "unknown", "provenance": None}


def head(major, value):
    for count, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << (8 * count):
            return bytes([major << 5 | info]) + value.to_bytes(count, "big")
    raise ValueError(value)


def cbor(item):
    if item is None:
        return b"\xf6"
    if isinstance(item, int):
        return head(0, item)
    if isinstance(item, bytes):
        return head(2, len(item)) + item
    if isinstance(item, str):
        return head(3, len(item.encode())) + item.encode()
    if isinstance(item, list):
        return head(4, len(item)) + b"".join(cbor(i) for i in item)
    pairs = sorted((cbor(k), cbor(v)) for k, v in item.items())
    return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)


TAG = hashlib.sha256(b"OBS_CLOCK_SAMPLE_V0").digest()


class Journal:
    def __init__(self):
        self.bytes, self.last, self.events = b"", None, []

    def add(self, payload, tag=TAG, kind="Observation", sample=None):
        event = cbor({"kind": kind, "parents": [self.last] if self.last else [], "payload": payload,
                      "observation_type": tag})
        self.last = hashlib.sha256(event).digest()
        self.bytes += cbor([0, 0])[:1] + event + cbor(self.last)
        self.events.append((sample, self.last.hex()))

    def sample(self, source, value, uncertainty):
        payload = cbor({"source": source, "value_ns": value, "uncertainty_ns": uncertainty})
        self.add(payload, sample=(source, value, uncertainty))


def clamp(value):
    return max(0, min(2**64 - 1, value))


def belief(ns, uncertainty, domain, event):
    return {"ns": clamp(ns), "uncertainty_ns": clamp(uncertainty), "domain": domain, "provenance": event}


class Policies:
    """Every policy, folded from the whole history each time: slow, and plain."""

    def __init__(self):
        self.history, self.current = [], {p: dict(UNKNOWN) for p in POLICIES}

    def apply(self, sample, event):
        self.history.append(sample)
        for policy, (sources, fold) in POLICIES.items():
            if sample[0] not in sources:
                continue
            found = fold(self.history, event)
            if found is not None:
                self.current[policy] = found


def this_boot(history):
    """The samples since the monotonic clock last fell: those before it are of another boot."""
    start, last = 0, None
    for index, (source, value, _) in enumerate(history):
        if source == "Monotonic":
            if last is not None and value < last:
                start = index
            last = value
    return history[start:]


def pairs(history, source):
    """Each sample of a source with the monotonic one before it, of this boot."""
    monotonic = None
    for sample in this_boot(history):
        if sample[0] == "Monotonic":
            monotonic = sample
        elif sample[0] == source and monotonic:
            yield sample, monotonic


def has_monotonic(history):
    """Whether a monotonic sample comes before the last one."""
    return any(s[0] == "Monotonic" for s in history[:-1])


def latest(source, domain):
    return lambda history, event: belief(history[-1][1], history[-1][2], domain, event)


def carried(source, offset):
    def fold(history, event):
        if history[-1][0] == source and not has_monotonic(history):
            return None
        now = [s for s in history if s[0] == "Monotonic"][-1]
        found = offset(list(pairs(history, source)), now)
        if found is None:
            return dict(UNKNOWN)
        return belief(found[0], found[1], "unix", event)
    return fold


def anchored(found, now):
    if not found:
        return None
    sample, monotonic = found[-1]
    extra = 0 if monotonic == now else now[2]
    return sample[1] + now[1] - monotonic[1], sample[2] + monotonic[2] + extra


def weighted(found, now):
    if not found:
        return None
    total, weights = Fraction(0), Fraction(0)
    for sample, monotonic in found:
        sigma = max(1, sample[2] + monotonic[2])
        weight = Fraction(1, min(sigma, 2**32) ** 2)
        total += weight * (sample[1] - monotonic[1])
        weights += weight
    variance = 1 / weights
    root = math.isqrt(variance.numerator // variance.denominator)
    while root * root < variance:
        root += 1
    return math.floor(total / weights + Fraction(1, 2)) + now[1], root + now[2]


def consensus(found, now):
    claims = [(s[1] - m[1], max(1, s[2] + m[2])) for s, m in found[-15:]]
    if not claims:
        return None
    intervals = [(o - u, o + u) for o, u in claims]
    inside = lambda point: sum(a <= point <= b for a, b in intervals)
    most = max(inside(a) for a, _ in intervals)
    if 2 * most <= len(claims):
        return None
    # The smallest interval inside so many: from a lower end to the next upper one.
    candidates = []
    for a, _ in intervals:
        if inside(a) == most:
            candidates.append((min(b for _, b in intervals if b >= a) - a, a))
    width, low = min(candidates)
    return low + width // 2 + now[1], (width + 1) // 2 + now[2]


POLICIES = {
    "trustMonotonicLatest": ({"Monotonic"}, latest("Monotonic", "monotonic")),
    "trustNTPLatest": ({"Ntp"}, latest("Ntp", "unix")),
    "trustNTPWeighted": ({"Ntp", "Monotonic"}, carried("Ntp", weighted)),
    "hybridMonotonicRTC": ({"Rtc", "Monotonic"}, carried("Rtc", anchored)),
    "consensusTime": ({"PeerClaim", "Monotonic"}, carried("PeerClaim", consensus)),
}

MS, S = 10**6, 10**9
UTC = 1_735_387_200 * S


def monotonic_journal(random):
    journal = Journal()
    journal.add(cbor({"note": "untagged, and ignored"}), tag=None)
    for step in range(12):
        journal.sample("Monotonic", 5 * S + step * 100 * MS, random.choice([0, 50, 100_000]))
    journal.sample("Monotonic", 5 * S, 0)                      # last applied, not greatest
    journal.add(journal.last, kind="Decision")                 # tagged, and no observation
    journal.sample("Monotonic", 2**64 - 1, 2**64 - 1)
    return journal


def ntp_journal(random):
    journal = Journal()
    journal.sample("Rtc", UTC, 1)
    for step in range(10):
        journal.sample("Ntp", UTC + step * S + random.randrange(-MS, MS), random.randrange(1, 50 * MS))
        if step % 3 == 0:
            journal.sample("Monotonic", 77 * S + step * S, 0)
    journal.sample("Ntp", UTC - S, 0)
    return journal


def weighted_journal(random):
    journal = Journal()
    journal.sample("Ntp", UTC, 5 * MS)                         # no monotonic yet: says nothing
    for step in range(20):
        mono = 100 * S + step * 500 * MS
        journal.sample("Monotonic", mono, random.choice([0, 20, 40]))
        if step % 2:
            sigma = random.choice([0, 1, 1_000, MS, 20 * MS, 300 * MS, 5 * S, 16 * S])
            journal.sample("Ntp", UTC + mono - 100 * S + random.randrange(-sigma - 1, sigma + 1), sigma)
    journal.sample("Monotonic", 3 * S, 30)                     # another boot
    journal.sample("Ntp", UTC + 60 * S, 2 * MS)
    journal.sample("Monotonic", 4 * S, 30)
    return journal


def hybrid_journal(random):
    journal = Journal()
    journal.sample("Rtc", UTC, 10)
    mono = 900 * S
    for step in range(16):
        mono += random.randrange(1, 2 * S)
        journal.sample("Monotonic", mono, random.randrange(100))
        if step % 4 == 1:
            journal.sample("Rtc", UTC + mono - 900 * S + (1_230 * MS if step > 8 else 0), random.randrange(100))
    journal.sample("Monotonic", 1 * S, 0)
    journal.sample("Monotonic", 2 * S, 5)
    journal.sample("Rtc", UTC + 2_000 * S, 7)
    return journal


def consensus_journal(random):
    journal = Journal()
    journal.sample("PeerClaim", UTC, 5 * MS)
    mono = 40 * S
    for step in range(30):
        mono += 250 * MS
        journal.sample("Monotonic", mono, 10)
        truth = UTC + mono - 40 * S
        if step % 5 == 4:
            journal.sample("PeerClaim", truth + 90 * S, MS)     # a lie
        elif step % 2 == 0:
            uncertainty = random.randrange(MS, 30 * MS)
            journal.sample("PeerClaim", truth + random.randrange(-uncertainty, uncertainty), uncertainty)
    journal.sample("PeerClaim", 2**63, 0)
    journal.sample("PeerClaim", 3, 2**64 - 1)
    for _ in range(9):                                          # one agent, claiming often
        mono += 10 * MS
        journal.sample("Monotonic", mono, 0)
        journal.sample("PeerClaim", UTC + 3_600 * S + mono, 1)
    return journal


def main():
    for name, make in (("monotonic", monotonic_journal), ("ntp", ntp_journal), ("weighted", weighted_journal),
                       ("hybrid", hybrid_journal), ("consensus", consensus_journal)):
        journal = make(random.Random(name))
        (HERE / f"{name}.journal").write_bytes(journal.bytes)
        policies, cuts = Policies(), [{p: UNKNOWN for p in POLICIES}]
        for sample, event in journal.events:
            if sample:
                policies.apply(sample, event)
            cuts.append({p: dict(b) for p, b in policies.current.items()})
        (HERE / f"{name}.json").write_text(json.dumps({"about": f"beliefs after each cut of {name}.journal",
                                                       "cuts": cuts}, indent=0) + "\n")


main()
