// Measures what an on-air gate adds to a tick whose BOOTTIME was read for its stamp: the published right copied and
// evaluated, compared with the least that any gate needs.

internal import TickLinux
internal import TickScheduling
internal import TickTime

/// A published right, and ticks and instants on both sides of its limits.
struct GateWorkload {
    private let gate: OnAirGate
    private let right: AirRight
    private let ticks: [(index: Int64, boot: BootInstant)]

    init(seed: UInt64) {
        let now = HostClock.boot()
        right = AirRight(
            firstTick: 500, endTick: 99_500, tickCeiling: 90_000, validUntil: now + .seconds(2), fencingNumber: 7,
            isolation: .continue)
        gate = OnAirGate(right)
        var random = SplitMix64(state: seed)
        // A tenth of the ticks and of the instants are beyond a limit.
        ticks = (0..<MicroWorkload.operations).map { _ in
            (.random(in: 0..<100_000, using: &random), now + .milliseconds(.random(in: 0..<2_200, using: &random)))
        }
    }

    var comparison: MicroComparison {
        MicroComparison(
            ours: MicroSubject(
                name: "on-air gate", remark: "beyond the reading of BOOTTIME: a published right, whole, and its rule"
            ) { [gate, ticks] in
                var sum: Int64 = 0
                for tick in ticks { sum &+= gate.state(ofTick: tick.index, at: tick.boot).fencingNumber ?? 0 }
                return sum
            },
            peers: [
                MicroSubject(name: "the rule alone", remark: "the right at hand, not published") { [right, ticks] in
                    var sum: Int64 = 0
                    for tick in ticks { sum &+= right.state(ofTick: tick.index, at: tick.boot).fencingNumber ?? 0 }
                    return sum
                },
                MicroSubject(name: "one compare", remark: "the floor: an instant, no ticks, no number") {
                    [right, ticks] in
                    var sum: Int64 = 0
                    for tick in ticks { sum &+= tick.boot < right.validUntil ? 1 : 0 }
                    return sum
                },
            ])
    }
}
