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

/// What happened to a running loop that no tick record shows.
public enum LoopIncident: Hashable, Sendable {
    /// UTC jumped, or the host slept: seen by the divergence of UTC from the monotonic clock.
    case clockJump(ClockJump)
    /// The kernel reports that CLOCK_REALTIME was set. By how much, the divergence shows. Seen by timerfd.
    case clockSet(at: UTCInstant)
    /// CLOCK_MONOTONIC ran faster or slower than its limit, for a second.
    case monotonicRate(MonotonicRate.Interval)
    /// A handler has not returned for a long time. Reported while it hangs.
    case handlerHangs(RunningHandler, since: Nanoseconds)
    /// It returned after all, or the loop went on; it ran for at most this long.
    case handlerReturned(RunningHandler, after: Nanoseconds)
    /// The ring was full: this many records were lost since the last report.
    case recordsLost(Int)
}
