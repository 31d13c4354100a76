public import TickConfiguration
package import TickScheduling
import TickTime

/// A profile to run, with the overrides of a command line.
public struct RunPlan: Sendable {
    package struct PlannedSession: Sendable {
        var id: String
        var profile: SessionProfile
        var plan: SessionPlan
        /// The names of its plan's blocks, in order.
        var blockNames: [String]

        /// Its service levels; if empty, it is not judged.
        var levels: ServiceLevels

        /// The labels of its ticks from an epoch on. The start label was checked.
        func timecode(from epoch: UTCInstant) -> SessionTimecode? { try? profile.sessionTimecode(epoch: epoch) }
    }

    /// The run's name in its report and its files: the profile's name.
    public let name: String
    package let sessions: [PlannedSession]
    package let wait: WaitStrategy
    let spinBudgetPercent: Int
    package let realtime: RealtimeRequest

    /// The plan of a profile that was read, or made in code.
    ///
    /// - Throws: `RunFailure` with exit code 65, which names every fault of the profile, up to a limit.
    public init(_ profile: Profile) throws(RunFailure) {
        do { try profile.validate(file: profile.name) } catch {
            throw RunFailure(error)
        }
        try self.init(profile, over: RunOverrides())
    }

    /// - Parameter profile: a checked profile.
    /// - Throws: `RunFailure`: 78 if the overrides contradict the profile, 2 if they copy a session of several.
    package init(_ profile: Profile, over overrides: RunOverrides) throws(RunFailure) {
        name = profile.name
        wait = overrides.wait ?? profile.wait
        spinBudgetPercent = profile.spinBudgetPercent
        realtime = overrides.realtime(over: profile.realtime)
        let sessions = try profile.sessions.map { (session) throws(RunFailure) in try overrides.session(from: session) }
        guard let count = overrides.sessionCount else {
            self.sessions = sessions
            return
        }
        self.sessions = try Self.replicated(sessions, count, overrides.refusal)
    }

    private static func replicated(
        _ sessions: [PlannedSession], _ count: Int, _ refusal: (String) -> RunFailure
    ) throws(RunFailure) -> [PlannedSession] {
        guard sessions.count == 1, let session = sessions.first else {
            throw refusal("--sessions copies a profile of one session; this one has \(sessions.count)")
        }
        return (1...count).map { number in
            var copy = session
            copy.id = "\(session.id)-\(number)"
            return copy
        }
    }
}
