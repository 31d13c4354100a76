public import TickTime

/// What a session does with ticks that are already due when its handler returns. No policy ever
/// moves the grid.
public enum OverduePolicy: Hashable, Sendable, BitwiseCopyable {
    /// Every tick is delivered once, in order; overdue ones at once, flagged, so that the pipeline
    /// shows a frame that it already has.
    case everyTick
    /// The last tick due is delivered at once, flagged, with the number skipped before it.
    case skip
    /// As `everyTick`, but starts lie at least `spacing` apart; 0 < spacing < the period.
    case paced(spacing: Nanoseconds)

    /// The policy's name in profiles, JSON and C.
    public var name: String {
        switch self {
        case .everyTick: "everyTick"
        case .skip: "skip"
        case .paced: "paced"
        }
    }
}

/// How late a tick started: the first class that applies.
public enum LatenessClass: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// Within `on_time_within` of the instant at which it was wanted, and not overdue.
    case onTime
    /// Overdue, or later than `on_time_within`.
    case late
    /// Late by at least one period.
    case overPeriod
    /// Late by at least 50 ms.
    case stall

    /// The class's name in JSON and C.
    public var name: String {
        switch self {
        case .onTime: "onTime"
        case .late: "late"
        case .overPeriod: "overPeriod"
        case .stall: "stall"
        }
    }
}

/// The instant from which the lateness of a tick counts.
package enum LatenessReference: String, Hashable, Sendable, BitwiseCopyable {
    /// Its deadline minus its session's lead: when the handler was to be called.
    case wanted
    /// Its deadline. Only journals from before `wanted` used this rule.
    case deadline
}

/// Why a tick started at its instant.
public enum LatenessCause: UInt8, Hashable, Sendable, CaseIterable, BitwiseCopyable {
    /// The host woke the loop at this instant; the session was ready.
    case wake
    /// The handler of another session of the loop was running.
    case neighbour
    /// The session's own handler took longer than its period.
    case work
    /// The loop began after the instant at which tick 0 was wanted.
    case begin

    /// The cause's name in JSON and C.
    public var name: String {
        switch self {
        case .wake: "wake"
        case .neighbour: "neighbour"
        case .work: "work"
        case .begin: "begin"
        }
    }
}
