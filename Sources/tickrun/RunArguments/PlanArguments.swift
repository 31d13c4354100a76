import ChannelRun
import Glibc
import TickConfiguration
import TickLinux
import TickScheduling
import TickTime

// The plan, from the command line: a profile or a bare rate, with the command line's overrides.

extension RunPlan {
    /// How long a bare rate runs by default.
    private static let defaultDuration = Nanoseconds.seconds(10)

    init(_ arguments: Arguments) throws(RunFailure) {
        let operand = try arguments.operand(0, called: "PROFILE or RATE")
        try arguments.refuseOperands(after: 1, giving: "one PROFILE or RATE")
        try self.init(try Self.profile(operand, arguments), over: try RunOverrides(arguments))
    }

    /// A valid rate is a rate; write `./25` for a file of that name. A word that only resembles a rate (`59,94`,
    /// `60hz`) is a file if one exists, and otherwise a misspelt rate.
    private static func profile(_ operand: String, _ arguments: Arguments) throws(RunFailure) -> Profile {
        let isFile = unsafe access(operand, F_OK) == 0
        guard (try? RateSpelling(parsing: operand)) != nil || (RateSpelling.resembles(operand) && !isFile) else {
            do { return try Profile(contentsOfFile: operand) } catch { throw RunFailure(error) }
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
}

extension RunOverrides {
    private static let sessionLimit: Int64 = 10_000

    private enum PolicyName: String, CaseIterable {
        case everyTick
        case skip
        case paced
    }

    init(_ arguments: Arguments) throws(RunFailure) {
        self.init()
        refusal = arguments.failure
        wait = try arguments.choice("--wait")
        sessionCount = try arguments.integer("--sessions", in: 1...Self.sessionLimit).map(Int.init)
        ticks = try arguments.integer("--ticks", in: 1...Int64.max)
        duration = try arguments.duration("--duration")
        if ticks != nil, duration != nil {
            throw arguments.failure("--ticks and --duration exclude each other; give one")
        }
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        let policy: PolicyName? = try arguments.choice("--policy")
        let spacing = try arguments.duration("--spacing")
        if spacing != nil, policy != .paced {
            throw arguments.failure("--spacing belongs to --policy paced; give both")
        }
        if policy == .paced, spacing == nil {
            throw arguments.failure("--policy paced needs --spacing TIME, more than 0 and less than the period")
        }
        switch policy {
        case .everyTick: self.policy = .everyTick
        case .skip: self.policy = .skip
        case .paced: self.policy = .paced(spacing: spacing ?? .zero)
        case nil: break
        }
        alignment = try arguments.choice("--align")
        (grid, firstTick) = try Self.grid(arguments, aligned: alignment)
        work = try arguments.duration("--work")
        fifoPriority = try arguments.integer("--fifo", in: 1...99).map(Int.init)
        cpu = try arguments.integer("--cpu", in: 0...1_023).map(Int.init)
        lockMemory = arguments.has("--lock-memory")
        hasLevels = !arguments.has("--no-levels")
    }

    private static func grid(
        _ arguments: Arguments, aligned: Alignment?
    ) throws(RunFailure) -> (GridPhase?, firstTick: Int64?) {
        let firstTick = try arguments.integer("--first-tick", in: 0...Int64.max)
        guard let origin = try arguments.instant("--grid-origin") else {
            if firstTick == nil { return (nil, nil) }
            throw arguments.failure("--first-tick counts on a grid; give --grid-origin UTC as well")
        }
        if let aligned, aligned != .none {
            throw arguments.failure(
                "--grid-origin and --align \(aligned) exclude each other, because the grid says where its ticks lie; "
                    + "give one")
        }
        do { return (try GridPhase(tick: 0, tai: try HostTAIOffset.tai(from: origin)), firstTick) } catch {
            throw arguments.failure("--grid-origin: \(error)")
        }
    }
}
