// When each session of a run is succeeded, decided off the tick thread on what UTC now is: a second before
// the stated time the successor is anchored and handed over, so that its anchor is fresh.

import TickConfiguration
import TickLinux
import TickScheduling
import TickTime

struct RunSuccession {
    /// How long before its time a successor is anchored.
    static let lead = Nanoseconds.seconds(1)

    private struct Line {
        /// The session on air, and the one before it, which is taken out once it has ended.
        var current: SessionID
        var previous: SessionID?
        let profile: SessionProfile
        /// When the next successor takes over; `nil` if none is to come.
        var next: UTCInstant?
    }

    private var lines: [Line]

    /// - Parameter sessions: the sessions as they began, in the order of the plan.
    init(_ plan: RunPlan, _ sessions: [SessionAddition]) {
        lines = zip(plan.sessions, sessions).compactMap { planned, session in
            guard let moment = planned.profile.channel.succeedAt else { return nil }
            return Line(
                current: session.id, profile: planned.profile,
                next: Self.first(moment, planned.profile.channel.utcOffset, after: session.epoch.utc))
        }
    }

    private static func first(_ moment: Moment, _ offset: UTCOffset, after epoch: UTCInstant) -> UTCInstant {
        switch moment {
        case .utc(let instant): return instant
        case .afterEpoch(let length): return epoch + length
        case .timeOfDay(let time):
            let today = epoch.sameDay(at: time, offset)
            return today > epoch ? today : today + .seconds(86_400)
        }
    }

    /// Lets those be succeeded whose time has come.
    ///
    /// - Parameter now: by the schedule's UTC.
    mutating func look(_ control: LoopControl, at now: UTCInstant, complain: (String) -> Void) {
        guard !lines.isEmpty else { return }
        for index in lines.indices {
            guard let next = lines[index].next, now >= next - Self.lead else { continue }
            let isDaily = if case .timeOfDay = lines[index].profile.channel.succeedAt { true } else { false }
            lines[index].next = isDaily ? next + .seconds(86_400) : nil
            do {
                // Its predecessor's predecessor ended a day ago, and its place is wanted.
                if let previous = lines[index].previous { try control.remove(previous) }
                let seam = try control.succeed(lines[index].current, atOrAfter: next)
                lines[index].previous = lines[index].current
                lines[index].current = seam.successor
            } catch {
                // A loop that has ended meanwhile needs no successor.
                if error != .loopEnded { complain("\(lines[index].profile.id) is not succeeded: \(error)") }
            }
        }
    }
}
