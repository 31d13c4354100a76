// Measures what an on-air gate adds to a stamp, whose reading of BOOTTIME it shares, and to a reading of BOOTTIME of its
// own, where there is no stamp. A gate takes less than the resolution of some clocks, so a hundred are timed together,
// in turn with the same without a gate.

internal import TickLinux
internal import TickScheduling
internal import TickTime

/// Medians over the batches, in ns for one.
struct GateCost {
    let stamp: Double
    let gatedStamp: Double
    let boot: Double
    let gatedBoot: Double

    var beyondStamp: Double { gatedStamp - stamp }
    var beyondBoot: Double { gatedBoot - boot }

    private static let batches = 2_000
    private static let batch: Int64 = 100

    init(_ time: ClusterTime, _ gate: OnAirGate) {
        var sum: Int64 = 0
        var (stamps, gatedStamps, boots, gatedBoots): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for _ in 0..<Self.batches {
            stamps.append(Self.time { _ in sum &+= time.tickReading().timestamp.time.nanoseconds })
            gatedStamps.append(
                Self.time { tick in
                    let (timestamp, boot) = time.tickReading()
                    sum &+= timestamp.time.nanoseconds
                    sum &+= gate.state(ofTick: tick, at: boot).fencingNumber ?? 0
                })
            boots.append(Self.time { _ in sum &+= HostClock.boot().nanoseconds })
            gatedBoots.append(
                Self.time { tick in
                    let boot = HostClock.boot()
                    sum &+= boot.nanoseconds
                    sum &+= gate.state(ofTick: tick, at: boot).fencingNumber ?? 0
                })
        }
        precondition(sum != 0, "the sums are used, so that no computation is removed")
        (stamp, gatedStamp, boot, gatedBoot) = (median(stamps), median(gatedStamps), median(boots), median(gatedBoots))
    }

    @inline(__always) private static func time(_ body: (Int64) -> Void) -> Double {
        let start = HostClock.monotonic()
        for tick in 0..<batch { body(tick) }
        return Double((HostClock.monotonic() - start).count) / Double(batch)
    }
}
