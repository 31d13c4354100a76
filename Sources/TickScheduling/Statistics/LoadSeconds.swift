// The seconds of deadlines in which a loop's load is summed. Sessions reach the end of a second at different times: a
// session with a backlog is behind the others. So several seconds are open at once, and each closes when no session
// can add to it any more. Beyond `limit` open seconds, the oldest closes early.

internal import TickTime

struct LoadSeconds: Sendable {
    struct Share: Sendable {
        let session: SessionID
        /// In nanoseconds of work that was due.
        var work: Int64
    }

    struct Second: Sendable {
        /// Counted from the one that begins at the first deadline.
        let number: Int64
        /// In nanoseconds, of all sessions.
        var work: Int64 = 0
        var sessionCount = 0
        /// The largest shares, largest first, the lower session first among equals.
        var largest: [Share] = []
    }

    /// How many seconds may be open: a session further behind adds to the oldest.
    static let limit = 64

    /// The first deadline; set before anything is added.
    var origin: MonotonicInstant?
    /// In the order of their numbers.
    private var open: [Second] = []
    /// Seconds that closed early, oldest first.
    private var displaced: [Second] = []

    /// The second in which an instant lies; those before the first deadline are negative.
    func second(of instant: MonotonicInstant) -> Int64 {
        guard let origin else { return 0 }
        let length = LoopLoad.window.count
        let since = (Int128(instant.nanoseconds) - Int128(origin.nanoseconds))
        return Int64(since >= 0 ? since / Int128(length) : -((-since + Int128(length) - 1) / Int128(length)))
    }

    /// The instant at which a second begins.
    func begin(of number: Int64) -> MonotonicInstant {
        let since = Int128(number) * Int128(LoopLoad.window.count) + Int128(origin?.nanoseconds ?? 0)
        return MonotonicInstant(nanoseconds: Int64(clamping: since))
    }

    mutating func add(_ work: Int64, of session: SessionID, in number: Int64) {
        let place = self.place(of: number)
        open[place].work = open[place].work.addingClamped(work)
        open[place].sessionCount += 1
        var largest = open[place].largest
        let rank = largest.firstIndex { $0.work < work || $0.work == work && session < $0.session } ?? largest.count
        guard rank < LoopLoad.namedSessions else { return }
        largest.insert(Share(session: session, work: work), at: rank)
        open[place].largest = Array(largest.prefix(LoopLoad.namedSessions))
    }

    private mutating func place(of number: Int64) -> Int {
        var place = open.firstIndex { $0.number >= number } ?? open.count
        if place < open.count, open[place].number == number { return place }
        if open.count == Self.limit {
            guard place > 0 else { return 0 }
            displaced.append(open.removeFirst())
            place -= 1
        }
        open.insert(Second(number: number), at: place)
        return place
    }

    /// Takes out the seconds below `number`, oldest first.
    mutating func take(before number: Int64) -> [Second] {
        let count = open.firstIndex { $0.number >= number } ?? open.count
        defer {
            open.removeFirst(count)
            displaced = []
        }
        return displaced + open[..<count]
    }

    mutating func takeAll() -> [Second] { take(before: .max) }
}

extension Int64 {
    /// The sum, or the end of the range.
    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

extension MonotonicInstant {
    /// The instant `length` later, or the end of the clock's range.
    func addingClamped(_ length: Nanoseconds) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: nanoseconds.addingClamped(length.count))
    }
}
