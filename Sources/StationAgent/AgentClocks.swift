import ClusterClock
import Stations
import Synchronization
import TickLinux
import TickTime

/// The host's clocks, as its cluster's member knows them.
final class AgentClocks: Sendable {
    private let time: ClusterTime
    /// TAI − UTC, which may come from a file, and when it was read.
    private let offset: Mutex<(seconds: Int64, read: MonotonicInstant)>

    init(_ time: ClusterTime) {
        self.time = time
        offset = Mutex((HostTAIOffset.current().seconds, HostClock.monotonic()))
    }

    func reading() -> StationMember.Reading {
        let (best, reading) = time.nowWithReading()
        guard let bound = best.bound, best.quality == .cluster || best.isTraceable else {
            return StationMember.Reading(
                moment: HostMoment(boot: reading.boot, tai: nil, utc: nil), fitness: HostFitness())
        }
        let tai = TAIInstant(nanoseconds: best.time.nanoseconds &+ taiOffset() &* 1_000_000_000)
        return StationMember.Reading(
            moment: HostMoment(boot: reading.boot, tai: tai, taiBound: bound, utc: best.time),
            fitness: HostFitness(clockBoundNanoseconds: bound.count))
    }

    private func taiOffset() -> Int64 {
        offset.withLock { offset in
            let now = HostClock.monotonic()
            if now -| offset.read > .seconds(1) { offset = (HostTAIOffset.current().seconds, now) }
            return offset.seconds
        }
    }
}

/// Publishes the right to stamp as the leadership of the cluster's time.
final class Leading: Sendable {
    private struct Given: Hashable {
        let right: Primary.Right
        let validUntil: BootInstant
    }

    private let time: ClusterTime
    private let authority: Mutex<LeadershipAuthority?>
    private let given = Mutex<Given?>(nil)

    init(_ time: ClusterTime, _ authority: consuming LeadershipAuthority?) {
        self.time = time
        self.authority = Mutex(authority)
    }

    /// - Returns: the greatest stamp that was given.
    func publish(_ right: Primary.Right?, _ tenure: Tenure) -> UTCInstant? {
        let new = right.flatMap { right in tenure.validUntil.map { Given(right: right, validUntil: $0) } }
        let isNew = given.withLock { given in
            defer { given = new }
            return given != new
        }
        if isNew {
            let token = authority.withLock { authority -> Leadership? in
                guard let new, authority != nil else { return nil }
                return authority?.token(
                    view: UInt64(max(0, new.right.view)), floor: new.right.floor, ceiling: new.right.ceiling,
                    validUntil: new.validUntil)
            }
            time.lead(token)
        }
        return time.greatestStamp
    }
}
