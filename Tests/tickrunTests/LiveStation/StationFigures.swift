import Foundation
import Glibc
import TestSupport

/// CLOCK_MONOTONIC, which all processes of a machine share, also those of other network namespaces.
enum StationClock {
    static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// How much the tests do: TICK_STATION=full for the whole evidence, else a short form.
enum StationScale {
    static let isFull = ProcessInfo.processInfo.environment["TICK_STATION"] == "full"

    static func times(_ short: Int, full: Int) -> Int { isFull ? full : short }

    /// Prints a figure, so that a run shows what it measured.
    static func say(_ text: String) { print("station: \(text)") }
}

/// Lengths of time in the order of their size.
struct StationSpread: CustomStringConvertible {
    let sorted: [Int64]

    init(_ lengths: [Int64]) { sorted = lengths.sorted() }

    var greatest: Int64 { sorted.last ?? 0 }

    var description: String {
        guard !sorted.isEmpty else { return "none" }
        func text(_ length: Int64) -> String { String(format: "%.3f s", Double(length) / 1e9) }
        return "\(sorted.count) of them, least \(text(sorted[0])), median \(text(sorted[sorted.count / 2])), "
            + "greatest \(text(greatest))"
    }
}

/// Notes for how long this machine let a sleeping thread wait too long: a machine that stalls stalls agents too.
final class StallMeter: @unchecked Sendable {
    private let lock = NSLock()
    private var stalls: [(end: Int64, length: Int64)] = []
    private var isStopped = false

    init() {
        Thread.detachNewThread { [self] in
            var last = StationClock.now()
            while !lock.withLock({ isStopped }) {
                usleep(5_000)
                let now = StationClock.now(), length = now - last - 5_000_000
                if length > 2_000_000 { lock.withLock { stalls.append((now, length)) } }
                last = now
            }
        }
    }

    func stop() { lock.withLock { isStopped = true } }

    /// All that was lost between two instants.
    func lost(between begin: Int64, and end: Int64) -> Int64 {
        lock.withLock {
            stalls.reduce(0) { sum, stall in
                sum + max(0, min(stall.end, end) - max(stall.end - stall.length, begin))
            }
        }
    }

    var greatest: Int64 { lock.withLock { stalls.map(\.length).max() ?? 0 } }
}

/// The limits of semantics §10, with the defaults of an agent.
enum StationLimits {
    static let ttl: Int64 = 3_000_000_000
    /// Of two clocks that may differ by 50 ppm each, in a ttl.
    static let growth: Int64 = 300_016
    /// The station's records are read so often; a request gets so long.
    static let interval = ttl / 6
    static let prepare: Int64 = 200_000_000

    /// How long a channel may be without an owner after a failure: ttl, the delay of a reading, the preparation and the
    /// transactions, here the ending and the taking, each of which may use up its time.
    static func gap(period: Int64) -> Int64 { ttl + growth + (interval + interval) + prepare + 2 * interval + period }

    /// How long there may be no primary: the record is read once an interval, and then taken, and a ceiling is saved.
    static let primary = ttl + growth + (interval + interval) + interval + 3 * interval
}
