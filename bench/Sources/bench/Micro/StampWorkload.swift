// Measures what a stamp costs beyond the two clock readings that it receives: the evaluation of a snapshot, compared
// with the least that any clamped time needs.

internal import ClusterClock
internal import TickTime

/// A snapshot with an agreement and a bound on UTC, and the readings of half a minute after it.
struct StampWorkload {
    private let snapshot: ClusterSnapshot
    private let token: Leadership
    private let readings: [(boot: BootInstant, realtime: UTCInstant)]

    /// - Throws: only if three right clocks do not agree.
    init(seed: UInt64) throws(ClusterClockError) {
        let peers = [NodeID(rawValue: 2), NodeID(rawValue: 3)]
        var milliseconds: Int64 = 0
        func reading() -> HostReading {
            HostReading(
                boot: BootInstant(nanoseconds: 0) + .milliseconds(milliseconds),
                monotonic: MonotonicInstant(nanoseconds: 0) + .milliseconds(milliseconds),
                raw: .milliseconds(milliseconds),
                realtime: UTCInstant(nanoseconds: 1_795_000_000_000_000_000) + .milliseconds(milliseconds))
        }
        var clock = try ClusterClock(ClusterConfiguration(node: NodeID(rawValue: 1), peers: peers), at: reading())
        clock.stateOwnError(StatedError(operatorError: .milliseconds(5), read: reading().boot))
        var nonce: UInt64 = 0
        while milliseconds < 3_500 {
            for peer in peers {
                nonce += 1
                try clock.ping(peer, nonce: nonce, at: reading().boot)
                milliseconds += 1
                _ = try clock.receive(
                    PeerReply(
                        peer: peer, nonce: nonce, bootID: 1, hold: .zero, utc: reading().realtime,
                        statedError: .milliseconds(3)), at: reading())
            }
            milliseconds += 98
        }
        guard let authority = clock.takeLeadershipAuthority(), case .synchronized = clock.status else {
            preconditionFailure("three right clocks agree within 3.5 s")
        }
        snapshot = clock.snapshot
        token = authority.token(view: 1, floor: UTCInstant(nanoseconds: 0))
        var random = SplitMix64(state: seed)
        let now = reading()
        readings = (0..<MicroWorkload.operations).map { _ in
            let age = Nanoseconds(.random(in: 0...26_000_000_000, using: &random))
            return (now.boot + age, now.realtime + age + Nanoseconds(.random(in: -9_000...9_000, using: &random)))
        }
    }

    var comparison: MicroComparison {
        MicroComparison(
            ours: MicroSubject(
                name: "cluster stamp", remark: "from a snapshot: epoch's age, both intervals, drift, floor, last"
            ) { [snapshot, token, readings] in
                var sum: Int64 = 0
                for reading in readings {
                    do throws(ClusterClockError) {
                        let stamp = try snapshot.stamp(at: reading.boot, realtime: reading.realtime, token, after: nil)
                        sum &+= stamp.time.nanoseconds &+ stamp.latest.nanoseconds
                    } catch { sum &+= 1 }
                }
                return sum
            },
            peers: [
                MicroSubject(name: "clamp to two bounds", remark: "the floor: no age, no drift, no rule") {
                    [readings] in
                    var sum: Int64 = 0
                    for reading in readings {
                        let time = reading.boot.nanoseconds
                        sum &+= min(max(reading.realtime.nanoseconds, time &- 500), time &+ 500)
                    }
                    return sum
                }
            ])
    }
}
