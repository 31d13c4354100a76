// Measures single stamps while another thread publishes and, optionally, eight more read. They are compared with the
// clock readings that a stamp needs, in turn in the same loop.
//
//     as a reader    the line of the best time       one reading of BOOTTIME
//     as a primary   the cluster's snapshot          BOOTTIME and CLOCK_REALTIME
//
// Each is timed with two readings of the monotonic clock, and the clock readings in the same way. The report also
// shows the time of the timing itself, and the ratio without it. The publisher publishes a thousand times a second,
// fifty times as often as a node does. `GateCost` measures beside it what an on-air gate adds.

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
    let gate: GateCost

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
        let (stamp, bare, empty) = time(shared, isPrimary)
        let gate = GateCost(shared.time, shared.gate)
        shared.isOver.store(true, ordering: .relaxed)
        group.wait()
        return StampLatency(
            name: isPrimary ? "as a primary" : "as anyone", readers: readers, stamp: stamp, bare: bare, empty: empty,
            gate: gate)
    }

    private static func time(_ shared: Shared, _ isPrimary: Bool) -> ([Int64], [Int64], [Int64]) {
        var (stamps, bares, empties): ([Int64], [Int64], [Int64]) = ([], [], [])
        stamps.reserveCapacity(rounds)
        bares.reserveCapacity(rounds)
        empties.reserveCapacity(rounds)
        var sum: Int64 = 0
        for _ in 0..<rounds {
            let a = HostClock.monotonic()
            let stamp = shared.time.tickTimestamp()
            let b = HostClock.monotonic()
            sum &+= HostClock.boot().nanoseconds
            if isPrimary { sum &+= HostClock.utc().nanoseconds }
            let c = HostClock.monotonic()
            let d = HostClock.monotonic()
            sum &+= stamp.time.nanoseconds
            precondition(stamp.isCommitted == isPrimary, "only a primary's stamp is committed")
            stamps.append((b - a).count)
            bares.append((c - b).count)
            empties.append((d - c).count)
        }
        shared.sum.wrappingAdd(sum, ordering: .relaxed)
        return (stamps.sorted(), bares.sorted(), empties.sorted())
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
                "an on-air gate beyond \(who)", atMost: 10, unit: " ns", measured: latency.gate.beyondStamp
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
                "\(latency.name), \(latency.readers) other readers", fixed(latency.gate.stamp, 1),
                fixed(latency.gate.gatedStamp, 1), fixed(latency.gate.beyondStamp, 1), fixed(latency.gate.boot, 1),
                fixed(latency.gate.gatedBoot, 1), fixed(latency.gate.beyondBoot, 1),
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
                    ("stamp_ns", .number(latency.gate.stamp)),
                    ("gated_stamp_ns", .number(latency.gate.gatedStamp)),
                    ("gate_beyond_stamp_ns", .number(latency.gate.beyondStamp)),
                    ("boot_ns", .number(latency.gate.boot)),
                    ("gated_boot_ns", .number(latency.gate.gatedBoot)),
                    ("gate_beyond_boot_ns", .number(latency.gate.beyondBoot)),
                    ("ratio", .number(latency.ratio)),
                    ("ratio_without_timing", .number(latency.ratioWithoutTiming)),
                ])
            })
    }
}
