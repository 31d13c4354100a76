import StationAgent
import TickReports
import TickTime

extension ProgramSessions.Event {
    /// The event for people.
    var words: String {
        switch self {
        case .joined(let channel, let process): "\(channel): process \(process) has joined"
        case .left(let channel): "\(channel): its program has gone; off air on this host"
        case .began(let channel, let first, let jump, let bound):
            "\(channel): its program ticks from \(first)"
                + (jump.map { ", its phase off by \(Quantity.length($0.magnitude)) (bound \(Quantity.length(bound)))" }
                    ?? "")
        case .ended(let channel): "\(channel): its program no longer ticks"
        case .failed(let channel, let why): "\(channel): its program has no session: \(why)"
        }
    }

    /// The event's name and numbers as members of an object.
    func write(to json: inout JSONText) {
        switch self {
        case .joined(let channel, let process):
            json.member("event", "program_joined")
            json.member("channel", channel)
            json.member("process", process)
        case .left(let channel):
            json.member("event", "program_left")
            json.member("channel", channel)
        case .began(let channel, let first, let jump, let bound):
            json.member("event", "program_began")
            json.member("channel", channel)
            json.member("first_tick", first)
            json.member("phase_jump_ns", jump?.count)
            json.member("phase_bound_ns", bound.count)
        case .ended(let channel):
            json.member("event", "program_ended")
            json.member("channel", channel)
        case .failed(let channel, _):
            json.member("event", "program_failed")
            json.member("channel", channel)
        }
    }
}
