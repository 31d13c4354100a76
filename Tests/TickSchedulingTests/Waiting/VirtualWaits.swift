import TestSupport
import TickScheduling
import TickTime

/// A loop that waits for one tick after another in virtual time, on a host of the given manners.
struct VirtualWaits: ~Copyable {
    var margin: SpinMargin
    let grid: TickGrid
    /// How late a sleep ends, in nanoseconds.
    var overshoot: (inout SeededGenerator) -> Int64
    /// How much a spin that was needed outlasts its deadline.
    var spinDelay: (inout SeededGenerator) -> Int64 = { _ in 40 }
    var random = SeededGenerator()

    private(set) var now: MonotonicInstant
    private(set) var tick: Int64 = 0
    private(set) var latenesses: [Int64] = []

    init(
        _ margin: consuming SpinMargin = SpinMargin(), rate: FrameRate = .fps5994,
        overshoot: @escaping (inout SeededGenerator) -> Int64
    ) {
        self.margin = margin
        self.grid = TickGrid(rate: rate, epoch: MonotonicInstant(nanoseconds: 1_000_000_000_000))
        self.overshoot = overshoot
        self.now = grid.epoch - .milliseconds(20)
    }

    /// Waits for `ticks` ticks, and keeps the latenesses of these alone.
    mutating func run(ticks: Int) throws {
        latenesses = []
        for _ in 0..<ticks {
            let deadline = try grid.deadline(of: tick)
            tick += 1
            let asked = margin.sleepEnd(before: deadline, now: now)
            if asked > now {
                now = asked + Nanoseconds(overshoot(&random))
                margin.slept(until: asked, woke: now)
            }
            if now < deadline { now = deadline + Nanoseconds(spinDelay(&random)) }
            margin.reached(deadline, at: now)
            latenesses.append((now - deadline).count)
            now = now + .microseconds(20)
        }
    }

    func lateness(percentile: Int) -> Int64 {
        latenesses.sorted()[(percentile * latenesses.count + 99) / 100 - 1]
    }

    /// Spun time over elapsed time, in parts per million.
    var spunShare: Int64 { margin.spunTime.count * 1_000_000 / (now - grid.epoch).count }
}
