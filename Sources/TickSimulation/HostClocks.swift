// The clocks of one simulated host, as functions of true time.
//
//     raw        runs at the oscillator's rate: true time and so many parts per billion
//     monotonic  raw, bent by a slew; stands still, as raw does, while the host sleeps
//     boot       monotonic, and the time slept
//     realtime   boot, and an offset that only a step or a leap second changes: a slew bends all three alike
//
// Each is linear between two changes. A change first adds the time that has passed to the bases, so that a clock jumps
// only by what the change sets.

import ClusterClock
import TickTime

struct HostClocks: Sendable {
    /// True time of the last change, in ns since the beginning.
    private var changed: Int64
    private var raw: Int64
    private var monotonic: Int64
    private var slept: Int64 = 0
    /// Realtime − boot.
    private(set) var wallOffset: Int64
    /// Parts per billion: of raw against true time, and of monotonic against raw.
    private(set) var drift: Int64
    private(set) var slew: Int64 = 0
    private(set) var isAsleep = false
    private(set) var taiOffset: Int32 = 37

    /// An arbitrary UTC, at true time 0.
    static let utcOrigin: Int64 = 1_795_000_000_000_000_000

    /// A host that boots at `now` and whose UTC is then off by `offset`.
    init(now: Int64, uptime: Int64, offset: Int64, drift: Int64, trueUTC: Int64) {
        changed = now
        (raw, monotonic) = (uptime, uptime)
        wallOffset = trueUTC + offset - uptime
        self.drift = drift
    }

    private static func scaled(_ length: Int64, _ partsPerBillion: Int64) -> Int64 {
        length &+ length &* partsPerBillion / 1_000_000_000
    }

    private func elapsed(_ now: Int64) -> (raw: Int64, monotonic: Int64, slept: Int64) {
        let raw = Self.scaled(now - changed, drift)
        return isAsleep ? (0, 0, raw) : (raw, Self.scaled(raw, slew), 0)
    }

    private mutating func fold(_ now: Int64) {
        let passed = elapsed(now)
        raw += passed.raw
        monotonic += passed.monotonic
        slept += passed.slept
        changed = now
    }

    func boot(_ now: Int64) -> Int64 {
        let passed = elapsed(now)
        return monotonic + passed.monotonic + slept + passed.slept
    }

    func utc(_ now: Int64) -> UTCInstant { UTCInstant(nanoseconds: boot(now) + wallOffset) }

    func monotonicTime(_ now: Int64) -> Int64 { monotonic + elapsed(now).monotonic }

    func reading(_ now: Int64, halfBracket: Int64) -> HostReading {
        let passed = elapsed(now)
        let boot = monotonic + passed.monotonic + slept + passed.slept
        return HostReading(
            boot: BootInstant(nanoseconds: boot),
            monotonic: MonotonicInstant(nanoseconds: monotonic + passed.monotonic),
            raw: Nanoseconds(raw + passed.raw), realtime: UTCInstant(nanoseconds: boot + wallOffset),
            halfBracket: Nanoseconds(halfBracket), taiOffset: taiOffset)
    }

    /// By how much boot runs fast against true time, in parts per billion.
    var bootRate: Int64 { isAsleep ? drift : drift + slew + drift * slew / 1_000_000_000 }

    // MARK: - Changes

    mutating func setDrift(_ partsPerBillion: Int64, _ now: Int64) {
        fold(now)
        drift = partsPerBillion
    }

    mutating func setSlew(_ partsPerBillion: Int64, _ now: Int64) {
        fold(now)
        slew = partsPerBillion
    }

    mutating func sleep(_ now: Int64) {
        fold(now)
        isAsleep = true
    }

    mutating func wake(_ now: Int64) {
        fold(now)
        isAsleep = false
    }

    mutating func step(by length: Int64) { wallOffset += length }

    /// A second is counted twice.
    mutating func leap() {
        wallOffset -= 1_000_000_000
        taiOffset += 1
    }
}
