import TickConfiguration
package import TickScheduling
package import TickTime

/// Values of a command line that replace those of a profile; `nil` keeps the profile's value.
package struct RunOverrides {
    package var wait: WaitStrategy?
    /// The number of copies of a profile's only session.
    package var sessionCount: Int?
    package var ticks: Int64?
    package var duration: Nanoseconds?
    package var policy: OverduePolicy?
    package var alignment: Alignment?
    /// The grid of every session; its first tick, if it is not to be the first one due.
    package var grid: GridPhase?
    package var firstTick: Int64?
    package var work: Nanoseconds?
    package var fifoPriority: Int?
    package var cpu: Int?
    package var lockMemory = false
    /// `false`: the run is not judged.
    package var hasLevels = true
    /// Makes the failure of an invalid override.
    package var refusal: (String) -> RunFailure = RunFailure.usage

    package init() {}

    func realtime(over profile: RealtimeRequest) -> RealtimeRequest {
        RealtimeRequest(
            fifoPriority: fifoPriority ?? profile.fifoPriority, cpu: cpu ?? profile.cpu,
            lockMemory: lockMemory || profile.lockMemory)
    }

    func session(from profile: SessionProfile) throws(RunFailure) -> RunPlan.PlannedSession {
        var profile = profile
        if let ticks { profile.length = .ticks(ticks) }
        if let duration { profile.length = .duration(duration) }
        if let work { profile.work = work }
        if let alignment { profile.alignment = alignment }
        if let policy { profile.policy = policy }
        if grid != nil { try Self.checkGrid(profile) }
        let plan: SessionPlan
        do {
            plan = try SessionPlan(
                rate: profile.rate, grid: grid, firstTick: firstTick, tickCount: profile.tickCount,
                policy: profile.policy, onTimeWithin: profile.onTimeWithin, backlogMax: profile.backlogMax,
                lead: profile.channel.lead, atPlanEnd: profile.channel.atPlanEnd,
                primingTicks: profile.channel.primingTicks)
        } catch {
            // The profile was checked when it was read, so an override contradicts it.
            throw RunFailure.configuration(
                "the options contradict session '\(profile.id)' at \(profile.rate) fps: \(error)")
        }
        do { _ = try profile.sessionTimecode(epoch: UTCInstant(nanoseconds: 0)) } catch {
            throw RunFailure.configuration("session '\(profile.id)': \(error)")
        }
        return RunPlan.PlannedSession(
            id: profile.id, profile: profile, plan: plan, blockNames: profile.channel.expandedBlocks.map(\.id),
            levels: hasLevels ? profile.judgedLevels : ServiceLevels())
    }
    /// Refuses what a given grid contradicts: anything else that says where tick 0 of the session, or of one that takes
    /// over from it, lies.
    private static func checkGrid(_ profile: SessionProfile) throws(RunFailure) {
        if profile.alignment != .none {
            throw .configuration(
                "session '\(profile.id)' is aligned (\(profile.alignment)), and a given grid says itself where its "
                    + "ticks lie; use --align none, or leave --grid-origin out")
        }
        if let moment = profile.channel.succeedAt {
            throw .configuration(
                "session '\(profile.id)' has a successor (succeed_at \(moment)), which begins with tick 0 on a grid of "
                    + "its own; take succeed_at out of the profile, or leave --grid-origin out")
        }
    }
}
