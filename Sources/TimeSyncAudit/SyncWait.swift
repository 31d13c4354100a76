package import TickTime

/// How long a gate waits for the proof that a clock is synchronized, when it checks again, and when it mentions that it
/// waits. The caller passes the readings.
package struct SyncWait: Sendable {
    /// After a check that failed.
    package enum Action: Hashable, Sendable {
        /// Check again after `length`; at most `rest` is left. `isNoticeDue` at most once in ten seconds.
        case wait(length: Nanoseconds, rest: Nanoseconds, isNoticeDue: Bool)
        /// The time is over.
        case giveUp
    }

    /// How long after a check that failed the next one begins.
    package static let interval = Nanoseconds.seconds(2)
    package static let noticeInterval = Nanoseconds.seconds(10)

    private let limit: Nanoseconds
    private let begin: MonotonicInstant
    private var nextNotice: MonotonicInstant

    /// - Parameter limit: zero or more; with zero the first failed check is the last.
    package init(atMost limit: Nanoseconds, from begin: MonotonicInstant) {
        self.limit = limit
        self.begin = begin
        nextNotice = begin
    }

    /// What to do after a check that failed. The last check is made when the time is over, not before.
    package mutating func failed(at now: MonotonicInstant) -> Action {
        let rest = limit -| (now -| begin)
        guard rest > .zero else { return .giveUp }
        let isNoticeDue = now >= nextNotice
        if isNoticeDue { nextNotice = now +| Self.noticeInterval }
        return .wait(length: min(Self.interval, rest), rest: rest, isNoticeDue: isNoticeDue)
    }
}
