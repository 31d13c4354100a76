public import TickConfiguration
package import TickScheduling
public import TickTime

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

    /// The plan of a profile whose sessions tick on a given grid, such as that of a channel which another host had on
    /// air.
    ///
    /// - Parameters:
    ///   - grid: the grid of each session, at the session's rate.
    ///   - firstTick: the tick that each session begins with; `nil` for the first one due at least 20 ms and the lead
    ///     after the run has begun.
    /// - Throws: `RunFailure`: 65 as for `init(_:)`; 78 if the grid or the first tick is out of range, or if a session
    ///   is aligned or has a successor.
    public init(_ profile: Profile, grid: GridPhase, firstTick: Int64? = nil) throws(RunFailure) {
        do { try profile.validate(file: profile.name) } catch {
            throw RunFailure(error)
        }
        var overrides = RunOverrides()
        (overrides.grid, overrides.firstTick) = (grid, firstTick)
        try self.init(profile, over: overrides)
    }

    /// - Parameter profile: a checked profile.
    /// - Throws: `RunFailure`: 78 if the overrides contradict the profile, 2 if they copy a session of several.
    package init(_ profile: Profile, over overrides: RunOverrides) throws(RunFailure) {
        name = profile.name
        wait = overrides.wait ?? profile.wait
        spinBudgetPercent = profile.spinBudgetPercent
        realtime = overrides.realtime(over: profile.realtime)
        if overrides.firstTick != nil, let rate = profile.sessions.first?.rate,
            let other = profile.sessions.first(where: { $0.rate != rate })
        {
            throw overrides.refusal(
                "--first-tick: tick numbers of \(rate) and \(other.rate) fps differ; leave it out, and each session "
                    + "begins with its first tick due")
        }
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
