public import TickTime

/// Why a loop could not begin.
public enum LoopError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The wall clock was set during every attempt to read it.
    case wallClockUnsteady(attempts: Int)
    /// The epoch could not be placed.
    case epoch(TickTimeError)
    /// A loop without sessions has nothing to wait for.
    case noSessions
    /// A loop begins once.
    case alreadyBegun
    /// The host refused a call that the loop cannot do without.
    case system(SystemError)

    public var description: String {
        switch self {
        case .wallClockUnsteady(let attempts):
            "the wall clock was set during each of \(attempts) attempts to read it; "
                + "stop whatever sets it, and let one time daemon slew it"
        case .epoch(let error): "the epoch cannot be placed: \(error)"
        case .noSessions: "the loop has no session; add one before it begins"
        case .alreadyBegun: "the loop has begun; its sessions are anchored once"
        case .system(let error): "\(error)"
        }
    }
}
