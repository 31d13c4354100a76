// Anchors the sessions of a loop from one reading of both clocks. Each session begins on the first instant of its
// alignment that is far enough ahead: 20 ms, plus the longest lead, plus the time to prepare all sessions. So
// sessions of the same rate and alignment share their epoch and tick together. A session on a given grid begins with
// the tick that it states, or with the first that is due so far ahead.

internal import TickScheduling
internal import TickTime

enum LoopBeginning {
    /// Slightly more than the time that it takes to prepare a session and a block.
    private static let sessionTime = Nanoseconds.microseconds(5)
    private static let blockTime = Nanoseconds.microseconds(1)

    static func sessions(
        _ requests: [SessionRequest], _ utc: ClusterTime?, nextIndex: () -> Int32
    ) throws(LoopError) -> [ReadySession] {
        let lead = requests.reduce(Nanoseconds.zero) { max($0, $1.plan.lead) }
        let blocks = requests.reduce(0) { $0 + ($1.blocks?.blocks.count ?? 0) }
        let time = Nanoseconds(Int64(requests.count) * sessionTime.count + Int64(blocks) * blockTime.count)
        let anchor = try HostAnchor.capture(utc)
        let earliest = anchor.utc + SessionEpoch.leastLead + lead + time
        var epochs: [EpochKey: SessionEpoch] = [:]
        var ready: [ReadySession] = []
        ready.reserveCapacity(requests.count)
        for request in requests {
            let key = EpochKey(rate: request.plan.rate, alignment: request.alignment, grid: request.plan.grid)
            let epoch: SessionEpoch
            if let known = epochs[key] {
                epoch = known
            } else {
                epoch = try anchor.epoch(for: request, notBefore: earliest)
                epochs[key] = epoch
            }
            let placed = try anchor.placed(request, on: epoch, notBefore: earliest)
            ready.append(try ReadySession(placed, epoch: epoch, index: nextIndex()))
        }
        return ready
    }

    /// The anchor with which the clocks of a loop without sessions are compared.
    static func clockEpoch(_ utc: ClusterTime?) throws(LoopError) -> SessionEpoch {
        let anchor = try HostAnchor.capture(utc)
        do {
            return try SessionEpoch.plan(
                reading: anchor.reading, rate: .fps25, alignment: .none, utcSource: anchor.utcSource,
                utcCorrection: anchor.utcCorrection, taiOffset: anchor.taiOffset)
        } catch {
            throw .epoch(error)
        }
    }

    private struct EpochKey: Hashable {
        let rate: FrameRate
        let alignment: Alignment
        let grid: GridPhase?
    }
}
