public import TickTime

extension TickSession {
    /// Why a session ended.
    public enum EndReason: String, Hashable, Sendable, BitwiseCopyable {
        /// Every tick of its own was delivered or skipped.
        case ticksDelivered
        /// Its plan ended, and every tick before the last fence was delivered or skipped.
        case planEnded
        /// Its successor took over.
        case succeeded
        /// It was removed while it had ticks left.
        case removed
        /// `stop()` was called.
        case stopped
        /// The next deadline lies past the range of the monotonic clock or of UTC.
        case clockRange
    }

    /// The session's answer when the caller offers it the time.
    public enum ArrivalAction: Hashable, Sendable {
        /// Nothing is due before `until`.
        case wait(until: MonotonicInstant)
        /// A tick is due: call `start`.
        case start
        /// The session has ended.
        case ended
    }

    /// When its first tick is due, by the schedule's UTC: tick 0's instant, or that of the tick of a given grid that it
    /// begins with.
    public var beginUTC: UTCInstant { epoch.utc(ofFirstTickOf: plan) }
}

extension SessionEpoch {
    /// When the first tick of a session with this epoch is due, by the schedule's UTC.
    public func utc(ofFirstTickOf plan: SessionPlan) -> UTCInstant {
        utc +| ((try? plan.rate.offset(ofTick: plan.beginTick)) ?? Nanoseconds(.max))
    }

    /// When the first tick of a session with this epoch is due, on the monotonic clock.
    public func monotonic(ofFirstTickOf plan: SessionPlan) -> MonotonicInstant {
        monotonic +| ((try? plan.rate.offset(ofTick: plan.beginTick)) ?? Nanoseconds(.max))
    }
}
