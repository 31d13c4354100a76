// How much of its time a loop needs, and which sessions need it.
//
// One thread runs all handlers, so the share of time in which it works never exceeds 1, however much work there is.
// Further work waits, and ticks are late because of their neighbours or of their own session's work. So load counts in
// the second in which the work is *due*, not in the second in which it ran:
//
//     load(second)  = work of the ticks whose deadlines lie in the second / 1 s
//     work(session) = Σ work of its delivered ticks · (delivered + skipped) / delivered
//
// A skipped tick counts with the session's mean of that second; otherwise the policy `skip` would hide an overload by
// dropping ticks. At most as many ticks count as the second holds at the session's rate, so a skip over a long stall,
// which covers minutes of ticks, is not load. Above 1 the loop is overloaded: its ticks cannot all be on time, on any
// host. A host that pauses for a while delays starts, not deadlines, and causes no overload. But a handler's time is
// wall time, and a host that interrupts handlers makes it longer.
//
// It takes the records in the order in which the ticks started. A record costs O(1), plus one walk over the sessions
// per second; a session takes 80 bytes.

public import TickTime

/// The load of a loop, by seconds of its sessions' deadlines. Off the tick path: fed by the drain.
public struct LoopLoad: Sendable {
    /// The demand of one session on its loop.
    public struct Share: Hashable, Sendable {
        public let session: SessionID
        /// Due work, in millionths of the available time.
        public let partsPerMillion: Int64
    }

    /// Consecutive seconds in which more work was due than fits.
    public struct Overload: Hashable, Sendable {
        /// The beginning of the first of the seconds, and the end of the last.
        public let begin: MonotonicInstant
        public internal(set) var end: MonotonicInstant
        /// Due work divided by available time, on average and in the worst second, in millionths: above 1 000 000.
        public internal(set) var partsPerMillion: Int64
        public internal(set) var worstPartsPerMillion: Int64
        /// Sessions that had ticks in the worst second.
        public internal(set) var sessionCount: Int
        /// The sessions with the largest shares, largest first; at most `namedSessions`.
        public internal(set) var largest: [Share]
    }

    /// How many sessions an overload names.
    public static let namedSessions = 3
    /// How many overloads are kept; further ones are counted.
    public static let overloadLimit = 1_000
    /// A second of deadlines.
    static let window = Nanoseconds.seconds(1)

    /// The overloads that have ended, in their order.
    public private(set) var overloads: [Overload] = []
    public private(set) var furtherOverloads = 0
    /// The overload that continues; its figures may still grow.
    public private(set) var current: Overload?

    private var sessions: [Session] = []
    /// The index in `sessions` of a session, by its number.
    private var places: [Int32: Int] = [:]
    private var seconds = LoadSeconds()
    /// The first deadline, and the end of the last period.
    private var begin: MonotonicInstant?
    private var end = MonotonicInstant(nanoseconds: .min)
    /// When the sessions were last walked over, as a second of the latest start.
    private var walked = Int64.min

    /// One session: its present second, and its whole run.
    private struct Session: Sendable {
        let id: SessionID
        var second: Int64
        /// Of the present second.
        var work: Int64 = 0
        var delivered: Int64 = 0
        var skipped: Int64 = 0
        /// Of all seconds before it.
        var workBefore: Int64 = 0
        /// The ticks that a second holds, rounded up.
        let ticksInASecond: Int64
        let period: Nanoseconds
        var lastStart: MonotonicInstant

        /// The work that was due in the present second.
        var due: Int64 {
            guard delivered > 0 else { return 0 }
            let ticks = max(delivered, min(delivered.addingClamped(skipped), ticksInASecond))
            return Int64(clamping: Int128(work) * Int128(ticks) / Int128(delivered))
        }
    }

    public init() {}

    // MARK: - Given records

    /// Takes in a delivered tick.
    ///
    /// - Parameter rate: of its session.
    /// - Complexity: O(1), plus one walk over all sessions per second.
    public mutating func add(_ record: TickRecord, rate: FrameRate) {
        let tick = record.tick
        let begin = begin ?? tick.deadline
        self.begin = min(begin, tick.deadline)
        if seconds.origin == nil { seconds.origin = tick.deadline }
        let second = seconds.second(of: tick.deadline)
        let place = places[tick.session.index] ?? sessions.count
        if place == sessions.count {
            places[tick.session.index] = place
            sessions.append(
                Session(
                    id: tick.session, second: second, ticksInASecond: rate.ticksInASecond, period: rate.wholePeriod,
                    lastStart: tick.start))
        }
        var session = sessions[place]
        if session.second != second { Self.close(&session, into: &seconds, next: second) }
        session.work = session.work.addingClamped(record.work.count)
        session.delivered += 1
        session.skipped = session.skipped.addingClamped(tick.skippedBefore)
        session.lastStart = tick.start
        sessions[place] = session
        end = max(end, tick.deadline.addingClamped(session.period))
        let now = seconds.second(of: tick.start)
        guard now > walked else { return }
        walked = now
        settle(at: tick.start)
    }

    /// The run has ended: closes every second.
    public mutating func finish() {
        for place in sessions.indices {
            Self.close(&sessions[place], into: &seconds, next: sessions[place].second)
        }
        for second in seconds.takeAll() { take(second) }
        endCurrent()
    }

    // MARK: - What it comes to

    /// The load of the whole run so far, in millionths: due work divided by available time; `nil` before the first
    /// tick.
    public var partsPerMillion: Int64? {
        guard let elapsed else { return nil }
        let work = sessions.reduce(Int128(0)) { $0 + Int128(Self.work($1)) }
        return Int64(clamping: work * 1_000_000 / Int128(elapsed.count))
    }

    /// A session's share of the load, in millionths; 0 for a session without a tick.
    public func partsPerMillion(of session: SessionID) -> Int64 {
        guard let elapsed, let session = places[session.index].map({ sessions[$0] }) else { return 0 }
        return Int64(clamping: Int128(Self.work(session)) * 1_000_000 / Int128(elapsed.count))
    }

    private var elapsed: Nanoseconds? { begin.map { Nanoseconds(max(1, (end - $0).count)) } }

    private static func work(_ session: Session) -> Int64 { session.workBefore.addingClamped(session.due) }

    // MARK: - Seconds

    /// Adds a session's present second to the loop's, and begins another.
    private static func close(_ session: inout Session, into seconds: inout LoadSeconds, next second: Int64) {
        let due = session.due
        if session.delivered > 0 { seconds.add(due, of: session.id, in: session.second) }
        session.workBefore = session.workBefore.addingClamped(due)
        (session.second, session.work, session.delivered, session.skipped) = (second, 0, 0, 0)
    }

    /// Closes the seconds to which no session can add any more: every session is past them, or has been without a
    /// tick for so long that it has ended.
    private mutating func settle(at now: MonotonicInstant) {
        var least = Int64.max
        for place in sessions.indices {
            let session = sessions[place]
            if session.delivered > 0, now - session.lastStart > Self.window + session.period {
                Self.close(&sessions[place], into: &seconds, next: session.second.addingClamped(1))
            }
            if sessions[place].delivered > 0 { least = min(least, session.second) }
        }
        for second in seconds.take(before: least) { take(second) }
    }

    private mutating func take(_ second: LoadSeconds.Second) {
        let begin = seconds.begin(of: second.number)
        guard second.work > Self.window.count else { return endCurrent() }
        let load = second.work / (Self.window.count / 1_000_000)
        let shares = second.largest.map { share in
            Share(session: share.session, partsPerMillion: share.work / (Self.window.count / 1_000_000))
        }
        let end = begin.addingClamped(Self.window)
        guard var current, current.end == begin else {
            endCurrent()
            current = Overload(
                begin: begin, end: end, partsPerMillion: load, worstPartsPerMillion: load,
                sessionCount: second.sessionCount, largest: shares)
            return
        }
        let seconds = (begin - current.begin).count / Self.window.count
        current.partsPerMillion = Int64(
            clamping: (Int128(current.partsPerMillion) * Int128(seconds) + Int128(load)) / Int128(seconds + 1))
        current.end = end
        if load > current.worstPartsPerMillion {
            (current.worstPartsPerMillion, current.largest) = (load, shares)
            current.sessionCount = second.sessionCount
        }
        self.current = current
    }

    private mutating func endCurrent() {
        guard let ended = current else { return }
        current = nil
        guard overloads.count < Self.overloadLimit else {
            furtherOverloads += 1
            return
        }
        overloads.append(ended)
    }
}

extension FrameRate {
    /// Rounded up, so that no second has more of them.
    fileprivate var ticksInASecond: Int64 {
        (Int64(numerator) + Int64(denominator) - 1) / Int64(denominator)
    }

    /// Rounded down to whole nanoseconds; at least one.
    fileprivate var wholePeriod: Nanoseconds {
        Nanoseconds(max(1, Int64(denominator) * 1_000_000_000 / Int64(numerator)))
    }
}
