public import TickTime

/// A handler that has not returned yet.
public struct RunningHandler: Hashable, Sendable, BitwiseCopyable {
    public let session: SessionID
    public let tick: Int64
    /// When it was called.
    public let start: MonotonicInstant

    public init(session: SessionID, tick: Int64, start: MonotonicInstant) {
        self.session = session
        self.tick = tick
        self.start = start
    }
}

/// An event in a running loop that no tick record shows.
public enum LoopIncident: Hashable, Sendable {
    /// UTC stepped, or the host was suspended: found by the divergence of UTC from the monotonic clock.
    case clockJump(ClockJump)
    /// The kernel reports through timerfd that CLOCK_REALTIME was set. The divergence shows the size.
    case clockSet(at: UTCInstant)
    /// CLOCK_MONOTONIC ran faster or slower than its limit, for a second.
    case monotonicRate(MonotonicRate.Interval)
    /// A handler has not returned for a long time; reported while it still runs.
    case handlerHangs(RunningHandler, since: Nanoseconds)
    /// It returned at last, or the loop continued; it ran for at most this long.
    case handlerReturned(RunningHandler, after: Nanoseconds)
    /// The ring was full: this many records were lost since the last report.
    case recordsLost(Int)
}
