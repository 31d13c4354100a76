package import TickConfiguration
package import TickLinux
import TickScheduling
package import TickTime

// A profile's plan as a loop takes it: blocks by number, and a start in UTC.

extension SessionProfile {
    /// The plan, for a session that is anchored at about `now`; `nil` without one.
    package func sessionBlocks(at now: UTCInstant) -> SessionBlocks? {
        guard !channel.blocks.isEmpty else { return nil }
        let expanded = channel.expandedBlocks
        return SessionBlocks(
            start: planStart(expanded.first?.start, at: now),
            blocks: expanded.enumerated().map { index, block in
                Block(id: BlockID(rawValue: Int64(index)), start: block.start, length: block.length)
            })
    }

    private func planStart(_ first: UTCInstant?, at now: UTCInstant) -> SessionBlocks.Start {
        switch channel.planStart {
        case .utc(let instant): .utc(instant)
        case .timeOfDay(let time): .utc(now.sameDay(at: time, channel.utcOffset))
        case .afterEpoch, nil: first.map { .utc($0) } ?? .epoch
        }
    }
}

extension SessionPlan {
    /// A warning for a session whose blocks all ended before its first tick, and which continues without one.
    ///
    /// - Parameters:
    ///   - end: when its last block ends; `nil` without a plan.
    ///   - epoch: its epoch.
    func warning(ofPlanEnding end: UTCInstant?, epoch: SessionEpoch, session: String) -> String? {
        let begin = epoch.utc(ofFirstTickOf: self)
        guard let end, end <= begin, atPlanEnd == .continue else { return nil }
        return "session '\(session)': its block plan ended at \(end.iso8601), before tick \(beginTick) at "
            + "\(begin.iso8601); at_plan_end is continue, so it runs without a block; plan later blocks"
    }
}
