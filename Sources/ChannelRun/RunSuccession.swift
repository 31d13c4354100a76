// When each session of a run gets its successor. The main thread decides by UTC: a second before
// the stated time it anchors the successor and hands it over, so that the anchor is fresh.
//
// A daily succession may fail on one day: the loop refuses a change, or its queue is full. That day is reported and the
// next day is tried. Each step that the loop has done is noted at once, so that a later day does not repeat it.

import TickConfiguration
import TickLinux
import TickScheduling
import TickTime

/// The two changes of a loop that a succession needs.
protocol SuccessionControl {
    /// As `LoopControl.remove`.
    func remove(_ session: SessionID) throws(LoopError) -> TickSession.EndReason
    /// As `LoopControl.succeed`, with a successor like its predecessor.
    func succeed(_ predecessor: SessionID, atOrAfter utc: UTCInstant) throws(LoopError) -> Seam
}

extension LoopControl: SuccessionControl {
    func succeed(_ predecessor: SessionID, atOrAfter utc: UTCInstant) throws(LoopError) -> Seam {
        try succeed(predecessor, atOrAfter: utc, by: nil)
    }
}

struct RunSuccession {
    /// How long before its time a successor is anchored.
    static let lead = Nanoseconds.seconds(1)
    private static let day = Nanoseconds.seconds(86_400)

    private struct Line {
        /// The session on air, and the one before it, which is removed after its end.
        var current: SessionID
        var previous: SessionID?
        let id: String
        let isDaily: Bool
        /// When the next successor takes over; `nil` if none follows.
        var next: UTCInstant?
    }

    private var lines: [Line]

    /// - Parameter sessions: the sessions as they began, in the order of the plan.
    init(_ plan: RunPlan, _ sessions: [SessionAddition]) {
        self.init(zip(plan.sessions, sessions).map { ($0.profile, $1.id, $1.epoch.utc) })
    }

    /// - Parameter sessions: each with the UTC of its epoch.
    init(_ sessions: [(profile: SessionProfile, id: SessionID, epoch: UTCInstant)]) {
        lines = sessions.compactMap { profile, id, epoch in
            guard let moment = profile.channel.succeedAt else { return nil }
            let isDaily = if case .timeOfDay = moment { true } else { false }
            return Line(
                current: id, id: profile.id, isDaily: isDaily,
                next: Self.first(moment, profile.channel.utcOffset, after: epoch))
        }
    }

    private static func first(_ moment: Moment, _ offset: UTCOffset, after epoch: UTCInstant) -> UTCInstant? {
        switch moment {
        case .utc(let instant): return instant
        case .afterEpoch(let length): return epoch.adding(length)
        case .timeOfDay(let time):
            let today = epoch.sameDay(at: time, offset)
            return today > epoch ? today : today.adding(day)
        }
    }

    /// Starts the successors that are due.
    ///
    /// - Parameters:
    ///   - now: by the schedule's UTC.
    ///   - complain: takes one sentence for each succession that failed.
    mutating func look(_ control: some SuccessionControl, at now: UTCInstant, complain: (String) -> Void) {
        for index in lines.indices {
            guard let next = lines[index].next, let soon = now.adding(Self.lead), soon >= next else { continue }
            lines[index].next = lines[index].isDaily ? Self.nextDay(of: next, after: now) : nil
            do {
                try succeed(&lines[index], at: next, control)
            } catch {
                // A loop that has ended meanwhile needs no successor.
                if error == .loopEnded { continue }
                let retry =
                    lines[index].next.map { "; the next attempt is at \($0.iso8601)" }
                    ?? "; there is no further attempt"
                complain("session \(lines[index].id) is not succeeded at \(next.iso8601): \(error)\(retry)")
            }
        }
    }

    /// The same time of a later day. UTC may have been set forward by many days, which are skipped.
    private static func nextDay(of time: UTCInstant, after now: UTCInstant) -> UTCInstant? {
        let since = max(0, Int128(now.nanoseconds) - Int128(time.nanoseconds))
        let days = since / Int128(day.count) + 1
        return Int64(exactly: Int128(time.nanoseconds) + days * Int128(day.count)).map { UTCInstant(nanoseconds: $0) }
    }

    private func succeed(
        _ line: inout Line, at utc: UTCInstant, _ control: some SuccessionControl
    ) throws(LoopError) {
        if let previous = line.previous {
            // It ended when its successor took over, and its place is needed.
            do throws(LoopError) { _ = try control.remove(previous) } catch {
                guard case .schedule(.noSession) = error else { throw error }
            }
            line.previous = nil
        }
        let seam = try control.succeed(line.current, atOrAfter: utc)
        line.previous = line.current
        line.current = seam.successor
    }
}

extension UTCInstant {
    /// `nil` past the range of UTC.
    fileprivate func adding(_ length: Nanoseconds) -> UTCInstant? {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(length.count)
        return overflow ? nil : UTCInstant(nanoseconds: sum)
    }
}
