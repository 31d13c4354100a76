// Measures single stamps while another thread publishes and, optionally, eight more read. They are compared with the
// clock readings that a stamp needs, in turn in the same loop.
//
//     as a reader    the line of the best time       one reading of BOOTTIME
//     as a primary   the cluster's snapshot          BOOTTIME and CLOCK_REALTIME
//
// Each is timed with two readings of the monotonic clock, and the clock readings in the same way. The report also
// shows the time of the timing itself, and the ratio without it. Each round also measures an on-air gate: with a stamp,
// whose reading it shares, and without one, with a reading of its own. The publisher publishes a thousand times a second,
// fifty times as often as a node does.

internal import ClusterClock
internal import Dispatch
internal import Synchronization
internal import TickLinux
internal import TickScheduling
internal import TickTime

/// One way to stamp, with a number of other readers.
struct StampLatency {
    let name: String
    let readers: Int
    /// Sorted, in ns.
    let stamp: [Int64]
    let bare: [Int64]
    let empty: [Int64]
    /// A stamp and the gate that shares its reading; a reading of BOOTTIME; that and a gate without a stamp.
    let gated: [Int64]
    let boot: [Int64]
    let gatedBoot: [Int64]
    /// What the gate adds to a stamp, and to a reading of BOOTTIME, in ns: see `Samples.middle`.
    let gateBeyondStamp: Double
    let gateBeyondBoot: Double

    static func rank(_ values: [Int64], _ share: Double) -> Double {
        Double(values[min(values.count - 1, Int(Double(values.count) * share))])
    }

    /// The stamp's median divided by that of its clock readings, both as timed.
    var ratio: Double { Self.rank(stamp, 0.5) / max(1, Self.rank(bare, 0.5)) }

    /// The same ratio, both without the time of the timing.
    var ratioWithoutTiming: Double {
        let overhead = Self.rank(empty, 0.5)
        return (Self.rank(stamp, 0.5) - overhead) / max(1, Self.rank(bare, 0.5) - overhead)
    }
}

enum StampLatencyRun {
    private static let rounds = 200_000

    private final class Shared: Sendable {
        let time: ClusterTime
        let gate = OnAirGate(StampLatencyRun.right)
        let isOver = Atomic<Bool>(false)
        let sum = Atomic<Int64>(0)
        init(_ time: ClusterTime) { self.time = time }
    }

    /// Valid for longer than the benchmark runs.
    private static let right = AirRight(
        firstTick: 10, endTick: 1 << 40, tickCeiling: 1 << 39, validUntil: HostClock.boot() + .seconds(86_400),
        fencingNumber: 3)

    /// - Throws: `BenchError`, if three right clocks do not agree.
    static func all() throws(BenchError) -> [StampLatency] {
        var results: [StampLatency] = []
        for readers in [0, 8] {
            for isPrimary in [false, true] { results.append(try measure(isPrimary: isPrimary, readers: readers)) }
        }
        return results
    }

    private static func measure(isPrimary: Bool, readers: Int) throws(BenchError) -> StampLatency {
        let (clock, token): (ClusterClock, Leadership)
        do { (clock, token) = try agreed() } catch { throw .usage("three right clocks do not agree: \(error)") }
        let reading = HostClock.hostReading(taiOffset: 0)
        var best = BestAvailableTime()
        var sources = TimeSources()
        sources.cluster = clock.snapshot
        let plan = best.choose(among: sources, at: reading.boot, realtime: reading.realtime)
        let shared = Shared(ClusterTime(plan, clock.snapshot))
        if isPrimary { shared.time.lead(token) }
        let group = DispatchGroup()
        func run(_ body: @escaping @Sendable () -> Void) {
            group.enter()
            Detached.thread {
                body()
                group.leave()
            }
        }
        let snapshot = clock.snapshot
        run {
            while !shared.isOver.load(ordering: .relaxed) {
                shared.time.publish(plan, snapshot)
                try? shared.gate.publish(right)
                HostClock.sleep(until: HostClock.monotonic() + .milliseconds(1))
            }
        }
        for _ in 0..<readers {
            run {
                var sum: Int64 = 0
                while !shared.isOver.load(ordering: .relaxed) { sum &+= shared.time.tickTimestamp().time.nanoseconds }
                shared.sum.wrappingAdd(sum, ordering: .relaxed)
            }
        }
        let samples = time(shared, isPrimary)
        shared.isOver.store(true, ordering: .relaxed)
        group.wait()
        return StampLatency(
            name: isPrimary ? "as a primary" : "as anyone", readers: readers, stamp: samples.stamp.sorted(),
            bare: samples.bare.sorted(), empty: samples.empty.sorted(), gated: samples.gated.sorted(),
            boot: samples.boot.sorted(), gatedBoot: samples.gatedBoot.sorted(),
            gateBeyondStamp: Samples.middle(samples.gated, samples.stamp),
            gateBeyondBoot: Samples.middle(samples.gatedBoot, samples.boot))
    }

    /// What one round measures, in the order of the rounds.
    private struct Samples {
        var stamp: [Int64] = []
        var gated: [Int64] = []
        var bare: [Int64] = []
        var boot: [Int64] = []
        var gatedBoot: [Int64] = []
        var empty: [Int64] = []

        init(reserving count: Int) {
            for path in [\Samples.stamp, \.gated, \.bare, \.boot, \.gatedBoot, \.empty] {
                self[keyPath: path].reserveCapacity(count)
            }
        }

        /// The mean of the middle half of the differences of each round, which is finer than the clock's nanosecond
        /// and does not see the rounds that were interrupted.
        static func middle(_ more: [Int64], _ less: [Int64]) -> Double {
            let differences = zip(more, less).map { $0 - $1 }.sorted()
            let middle = differences[differences.count / 4..<differences.count * 3 / 4]
            return Double(middle.reduce(0, +)) / Double(max(1, middle.count))
        }
    }

    private static func time(_ shared: Shared, _ isPrimary: Bool) -> Samples {
        var samples = Samples(reserving: rounds)
        var sum: Int64 = 0
        for round in 0..<rounds {
            let a = HostClock.monotonic()
            let stamp = shared.time.tickTimestamp()
            let b = HostClock.monotonic()
            let reading = shared.time.tickReading()
            let air = shared.gate.state(ofTick: Int64(round), at: reading.boot)
            let c = HostClock.monotonic()
            sum &+= HostClock.boot().nanoseconds
            if isPrimary { sum &+= HostClock.utc().nanoseconds }
            let d = HostClock.monotonic()
            sum &+= HostClock.boot().nanoseconds
            let e = HostClock.monotonic()
            let alone = shared.gate.state(ofTick: Int64(round), at: HostClock.boot())
            let f = HostClock.monotonic()
            let g = HostClock.monotonic()
            sum &+= stamp.time.nanoseconds &+ reading.timestamp.time.nanoseconds
            sum &+= (air.fencingNumber ?? 0) &+ (alone.fencingNumber ?? 0)
            precondition(stamp.isCommitted == isPrimary, "only a primary's stamp is committed")
            samples.stamp.append((b - a).count)
            samples.gated.append((c - b).count)
            samples.bare.append((d - c).count)
            samples.boot.append((e - d).count)
            samples.gatedBoot.append((f - e).count)
            samples.empty.append((g - f).count)
        }
        shared.sum.wrappingAdd(sum, ordering: .relaxed)
        return samples
    }

    /// A clock that has just agreed, on this host's own readings.
    private static func agreed() throws(ClusterClockError) -> (ClusterClock, Leadership) {
        let now = HostClock.hostReading(taiOffset: 0)
        let peers = [NodeID(rawValue: 2), NodeID(rawValue: 3)]
        func reading(_ ago: Int64) -> HostReading {
            HostReading(
                boot: now.boot - .milliseconds(ago), monotonic: now.monotonic - .milliseconds(ago),
                raw: now.raw - .milliseconds(ago), realtime: now.realtime - .milliseconds(ago))
        }
        var ago: Int64 = 3_600
        var clock = try ClusterClock(ClusterConfiguration(node: NodeID(rawValue: 1), peers: peers), at: reading(ago))
        clock.stateOwnError(StatedError(operatorError: .milliseconds(5), read: reading(ago).boot))
        var nonce: UInt64 = 0
        while ago > 100 {
            for peer in peers {
                nonce += 1
                try clock.ping(peer, nonce: nonce, at: reading(ago).boot)
                ago -= 1
                _ = try clock.receive(
                    PeerReply(
                        peer: peer, nonce: nonce, bootID: 1, hold: .zero, utc: reading(ago).realtime,
                        statedError: .milliseconds(3)), at: reading(ago))
            }
            ago -= 98
        }
        guard let authority = clock.takeLeadershipAuthority() else {
            preconditionFailure("a new clock still has its authority")
        }
        return (clock, authority.token(view: 1, floor: UTCInstant(nanoseconds: 0)))
    }
}

extension [StampLatency] {
    var targets: [PerformanceTarget] {
        flatMap { latency in
            let who = "a stamp \(latency.name), \(latency.readers) other readers"
            let p99 = StampLatency.rank(latency.stamp, 0.99)
            let tail = PerformanceTarget(
                "\(who), p99", atMost: latency.readers == 0 ? 200 : 1_000, unit: " ns", measured: p99
            ) {
                fixed($0, 0)
            }
            guard latency.readers == 0 else { return [tail] }
            let half = PerformanceTarget("\(who), p50 / its clock readings", atMost: 2, measured: latency.ratio) {
                fixed($0, 2)
            }
            let gate = PerformanceTarget(
                "an on-air gate beyond \(who)", atMost: 10, unit: " ns", measured: latency.gateBeyondStamp
            ) {
                fixed($0, 1)
            }
            return [half, tail, gate]
        }
    }

    var rows: [[String]] {
        map { latency in
            [
                "\(latency.name), \(latency.readers) other readers", fixed(StampLatency.rank(latency.stamp, 0.5), 0),
                fixed(StampLatency.rank(latency.stamp, 0.99), 0), fixed(StampLatency.rank(latency.stamp, 0.999), 0),
                fixed(StampLatency.rank(latency.bare, 0.5), 0), fixed(StampLatency.rank(latency.empty, 0.5), 0),
                fixed(latency.ratio, 2), fixed(latency.ratioWithoutTiming, 2),
            ]
        }
    }

    /// What the gate costs, beyond a stamp and without one.
    var gateRows: [[String]] {
        map { latency in
            [
                "\(latency.name), \(latency.readers) other readers", fixed(StampLatency.rank(latency.stamp, 0.5), 0),
                fixed(StampLatency.rank(latency.gated, 0.5), 0), fixed(StampLatency.rank(latency.gated, 0.99), 0),
                fixed(latency.gateBeyondStamp, 1), fixed(StampLatency.rank(latency.boot, 0.5), 0),
                fixed(StampLatency.rank(latency.gatedBoot, 0.5), 0), fixed(latency.gateBeyondBoot, 1),
            ]
        }
    }

    var json: JSONValue {
        .array(
            map { latency in
                .object([
                    ("name", .string(latency.name)), ("readers", .integer(Int64(latency.readers))),
                    ("p50_ns", .number(StampLatency.rank(latency.stamp, 0.5))),
                    ("p99_ns", .number(StampLatency.rank(latency.stamp, 0.99))),
                    ("p999_ns", .number(StampLatency.rank(latency.stamp, 0.999))),
                    ("clock_readings_p50_ns", .number(StampLatency.rank(latency.bare, 0.5))),
                    ("timing_p50_ns", .number(StampLatency.rank(latency.empty, 0.5))),
                    ("gated_p50_ns", .number(StampLatency.rank(latency.gated, 0.5))),
                    ("gated_p99_ns", .number(StampLatency.rank(latency.gated, 0.99))),
                    ("gate_beyond_stamp_ns", .number(latency.gateBeyondStamp)),
                    ("boot_p50_ns", .number(StampLatency.rank(latency.boot, 0.5))),
                    ("gated_boot_p50_ns", .number(StampLatency.rank(latency.gatedBoot, 0.5))),
                    ("gate_beyond_boot_ns", .number(latency.gateBeyondBoot)),
                    ("ratio", .number(latency.ratio)),
                    ("ratio_without_timing", .number(latency.ratioWithoutTiming)),
                ])
            })
    }
}
