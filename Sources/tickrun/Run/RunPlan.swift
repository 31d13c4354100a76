import Glibc
import TickConfiguration
import TickScheduling
import TickTime

// What is to be run: a profile, or a bare rate, with the command line's words over it.

struct RunPlan {
    struct Session {
        var id: String
        var profile: SessionProfile
        var plan: SessionPlan
        /// What its plan's blocks are called, by their places.
        var blockNames: [String]

        /// What it must keep to; empty: nothing is judged.
        var levels: ServiceLevels

        /// How its ticks are labelled from an epoch on. That its start label exists was checked.
        func timecode(from epoch: UTCInstant) -> SessionTimecode? { try? profile.sessionTimecode(epoch: epoch) }
    }

    var name: String
    var sessions: [Session]
    var wait: WaitStrategy
    var spinBudgetPercent: Int
    var realtime: RealtimeRequest

    /// How long a bare rate runs when nothing else is said.
    static let defaultDuration = Nanoseconds.seconds(10)

    init(_ arguments: Arguments) throws {
        let operand = try arguments.operand(0, called: "PROFILE or RATE")
        try arguments.refuseOperands(after: 1)
        let profile = try Self.profile(operand, arguments)
        let overrides = try RunOverrides(arguments)
        name = profile.name
        wait = overrides.wait ?? profile.wait
        spinBudgetPercent = profile.spinBudgetPercent
        realtime = overrides.realtime(over: profile.realtime)
        sessions = try profile.sessions.map { try overrides.session(from: $0) }
        if let count = overrides.sessionCount { sessions = try Self.replicated(sessions, count, arguments) }
    }

    /// What spells a rate is one; a file of such a name is reached as `./25`. What only resembles a rate (`59,94`,
    /// `60hz`) is a file if there is one, and else a rate that is misspelt.
    private static func profile(_ operand: String, _ arguments: Arguments) throws -> Profile {
        let isFile = unsafe access(operand, F_OK) == 0
        guard (try? RateSpelling(parsing: operand)) != nil || (RateSpelling.resembles(operand) && !isFile) else {
            do {
                return try Profile(contentsOfFile: operand)
            } catch {
                throw CommandFailure(exitCode: error.exitCode, message: "\(error)")
            }
        }
        let spelled: RateSpelling
        do { spelled = try RateSpelling(parsing: operand) } catch {
            throw arguments.failure("PROFILE or RATE: no file has this name, and \(error)")
        }
        let rate = spelled.rate
        let session = SessionProfile(
            id: "main", rate: rate, timecode: spelled.isDropFrame.map { $0 ? .drop : .nonDrop } ?? .usual(at: rate),
            length: .duration(defaultDuration))
        return Profile(name: rate.name ?? rate.description, sessions: [session])
    }

    private static func replicated(
        _ sessions: [Session], _ count: Int, _ arguments: Arguments
    ) throws -> [Session] {
        guard sessions.count == 1, let session = sessions.first else {
            throw arguments.failure("--sessions copies a profile of one session; this one has \(sessions.count)")
        }
        return (1...count).map { number in
            var copy = session
            copy.id = "\(session.id)-\(number)"
            return copy
        }
    }
}

/// The command line's words, which stand over the profile's.
struct RunOverrides {
    let wait: WaitStrategy?
    let sessionCount: Int?
    private let ticks: Int64?
    private let duration: Nanoseconds?
    private let policy: PolicyName?
    private let spacing: Nanoseconds?
    private let alignment: Alignment?
    private let work: Nanoseconds?
    private let fifoPriority: Int?
    private let cpu: Int?
    private let lockMemory: Bool
    private let hasLevels: Bool

    static let sessionLimit: Int64 = 10_000

    init(_ arguments: Arguments) throws {
        wait = try arguments.choice("--wait")
        sessionCount = try arguments.integer("--sessions", in: 1...Self.sessionLimit).map(Int.init)
        ticks = try arguments.integer("--ticks", in: 1...Int64.max)
        duration = try arguments.duration("--duration")
        if ticks != nil, duration != nil {
            throw arguments.failure("--ticks and --duration exclude each other; give one")
        }
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        policy = try arguments.choice("--policy")
        spacing = try arguments.duration("--spacing")
        if spacing != nil, policy != .paced {
            throw arguments.failure("--spacing belongs to --policy paced; give both")
        }
        if policy == .paced, spacing == nil {
            throw arguments.failure("--policy paced needs --spacing DURATION, more than 0 and less than the period")
        }
        alignment = try arguments.choice("--align")
        work = try arguments.duration("--work")
        fifoPriority = try arguments.integer("--fifo", in: 1...99).map(Int.init)
        cpu = try arguments.integer("--cpu", in: 0...1_023).map(Int.init)
        lockMemory = arguments.has("--lock-memory")
        hasLevels = !arguments.has("--no-levels")
    }

    private enum PolicyName: String, CaseIterable {
        case everyTick
        case skip
        case paced
    }

    func realtime(over profile: RealtimeRequest) -> RealtimeRequest {
        RealtimeRequest(
            fifoPriority: fifoPriority ?? profile.fifoPriority, cpu: cpu ?? profile.cpu,
            lockMemory: lockMemory || profile.lockMemory)
    }

    func session(from profile: SessionProfile) throws -> RunPlan.Session {
        var profile = profile
        if let ticks { profile.length = .ticks(ticks) }
        if let duration { profile.length = .duration(duration) }
        if let work { profile.work = work }
        if let alignment { profile.alignment = alignment }
        switch policy {
        case .everyTick: profile.policy = .everyTick
        case .skip: profile.policy = .skip
        case .paced: profile.policy = .paced(spacing: spacing ?? .zero)
        case nil: break
        }
        let plan: SessionPlan
        do {
            plan = try SessionPlan(
                rate: profile.rate, tickCount: profile.tickCount, policy: profile.policy,
                onTimeWithin: profile.onTimeWithin, backlogMax: profile.backlogMax, lead: profile.channel.lead,
                atPlanEnd: profile.channel.atPlanEnd, primingTicks: profile.channel.primingTicks)
        } catch {
            // The profile alone was checked when it was read: an override contradicts it.
            throw CommandFailure(
                exitCode: .configuration,
                message: "the options contradict session '\(profile.id)' at \(profile.rate) fps: \(error)")
        }
        do { _ = try profile.sessionTimecode(epoch: UTCInstant(nanoseconds: 0)) } catch {
            throw CommandFailure(exitCode: .configuration, message: "session '\(profile.id)': \(error)")
        }
        return RunPlan.Session(
            id: profile.id, profile: profile, plan: plan, blockNames: profile.channel.expandedBlocks.map(\.id),
            levels: hasLevels ? profile.judgedLevels : ServiceLevels())
    }
}
