import ChannelRun
import StationAgent
import Stations
import Synchronization
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// What an agent prints: a line for each event on standard error, and with --json objects on standard output.
final class AgentLines: Sendable {
    private let host: String
    private let asJSON: Bool
    private let isQuiet: Bool
    private let failed = Mutex<RunFailure?>(nil)

    /// - Parameter isQuiet: whether only warnings are printed.
    init(host: String, asJSON: Bool, isQuiet: Bool) {
        self.host = host
        self.asJSON = asJSON
        self.isQuiet = isQuiet
    }

    /// Why results can no longer be written, if so.
    var failure: RunFailure? { failed.withLock { $0 } }

    /// Tells an event. Any thread may call this.
    func tell(_ event: Agent.Event) {
        let now = HostClock.utc()
        if !isQuiet || !event.isRoutine {
            Commentary.say("\(now.iso8601)  \(host): \(event.words)", event.isRoutine ? .notice : .warning)
        }
        guard asJSON else { return }
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/agent-event/1")
            json.member("host", host)
            json.member("utc_ns", now.nanoseconds)
            event.write(to: &json)
            json.member("text", event.words)
        }
        print(json)
    }

    /// The state in one line, for the service manager.
    func status(_ report: StationMember.Report, _ counts: [String: AgentObserver.Counts]) -> String {
        let now = HostClock.boot()
        let onAir = report.decisions.compactMap { decision -> String? in
            let air = decision.air(after: counts[decision.channel]?.lastOnAir, at: now)
            return air.isOnAir ? decision.channel + (air.isUnfenced ? " (unfenced)" : "") : nil
        }
        let tenure = report.tenureState == .held ? "tenure \(report.generation)" : "no tenure"
        return "\(tenure), on air: \(onAir.isEmpty ? "nothing" : onAir.joined(separator: ", "))"
    }

    /// Prints the state of the channels.
    ///
    /// - Parameter loop: the loop that ticks a channel.
    func write(
        _ report: StationMember.Report, _ counts: [String: AgentObserver.Counts], loop: (String) -> Int?
    ) {
        guard asJSON else { return }
        let now = HostClock.boot()
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/agent/1")
            json.member("host", host)
            json.member("utc_ns", HostClock.utc().nanoseconds)
            json.member("tenure", report.tenureState.name)
            json.member("generation", report.generation)
            json.member("valid_for_ns", report.validUntil.map { ($0 -| now).count })
            json.member("primary_view", report.right?.view)
            json.member("store_failure", report.lastFailure)
            json.array("channels") { json in
                for decision in report.decisions {
                    let counts = counts[decision.channel] ?? .none
                    json.object { json in
                        json.member("channel", decision.channel)
                        json.member("loop", loop(decision.channel).map { Int64($0) })
                        json.member("role", decision.role.name)
                        let air = decision.air(after: counts.lastOnAir, at: now)
                        json.member("on_air", air.isOnAir)
                        json.member("unfenced", air.isUnfenced)
                        json.member("fencing_number", decision.right?.fencingNumber)
                        json.member("first_tick", decision.right?.firstTick)
                        json.member("end_tick", decision.right?.endTick)
                        json.member("tick_ceiling", decision.right?.tickCeiling)
                        json.member("ticks_on_air", counts.onAir)
                        json.member("ticks_off_air", counts.offAir)
                        json.member("ticks_unfenced", counts.unfenced)
                        json.member("last_tick_on_air", counts.lastOnAir)
                    }
                }
            }
        }
        print(json)
    }

    private func print(_ json: JSONText) {
        failed.withLock { failed in
            guard failed == nil else { return }
            do throws(RunFailure) {
                try Output.writing { output throws(RunFailure) in try output.line(json) }
            } catch {
                failed = error
            }
        }
    }
}

extension Tenure.State {
    var name: String {
        switch self {
        case .unknown: "unknown"
        case .observed: "observed"
        case .claiming: "claiming"
        case .held: "held"
        case .released: "released"
        }
    }
}

extension Agent.Event {
    /// The event for people.
    var words: String {
        switch self {
        case .text(let text): text
        case .station(let event): event.words
        case .session(.began(let channel, let first, _, let jump, let bound)):
            "\(channel): ticks from \(first)"
                + (jump.map { ", its phase off by \(Quantity.length($0.magnitude)) (bound \(Quantity.length(bound)))" }
                    ?? "")
        case .session(.ended(let channel)): "\(channel): no longer ticks"
        case .session(.failed(let channel, let why)): "\(channel): its session cannot be changed: \(why)"
        case .session(.fencingNumberFell(let channel, let fall)): "\(channel): off air: \(fall)"
        case .program(let event): event.words
        }
    }

    /// Whether it is part of a station's normal life.
    var isRoutine: Bool {
        switch self {
        case .text, .session(.failed), .session(.fencingNumberFell), .program(.failed), .program(.left): false
        case .session, .program: true
        case .station(let event):
            switch event {
            case .tenure, .tenureReleased, .primary, .role, .relay, .storeAnswersAgain: true
            case .tenureLost, .tenureOver, .notPrimary, .store, .restored: false
            }
        }
    }

    /// The event's name and numbers as members of an object.
    func write(to json: inout JSONText) {
        switch self {
        case .text: json.member("event", "text")
        case .session(.began(let channel, let first, _, let jump, let bound)):
            json.member("event", "session_began")
            json.member("channel", channel)
            json.member("first_tick", first)
            json.member("phase_jump_ns", jump?.count)
            json.member("phase_bound_ns", bound.count)
        case .session(.ended(let channel)):
            json.member("event", "session_ended")
            json.member("channel", channel)
        case .session(.failed(let channel, _)):
            json.member("event", "session_failed")
            json.member("channel", channel)
        case .session(.fencingNumberFell(let channel, let fall)):
            json.member("event", "fencing_number_fell")
            json.member("channel", channel)
            json.member("fencing_number", fall.to)
        case .program(let event): event.write(to: &json)
        case .station(let event):
            switch event {
            case .tenure(let generation):
                json.member("event", "tenure")
                json.member("generation", generation)
            case .tenureReleased: json.member("event", "tenure_released")
            case .tenureLost: json.member("event", "tenure_lost")
            case .tenureOver: json.member("event", "tenure_over")
            case .primary(let view, let floor):
                json.member("event", "primary")
                json.member("view", view)
                json.member("floor_utc_ns", floor.nanoseconds)
            case .notPrimary: json.member("event", "not_primary")
            case .role(let channel, let role, let first, let number):
                json.member("event", "role")
                json.member("channel", channel)
                json.member("role", role.name)
                json.member("first_tick", first)
                json.member("fencing_number", number)
            case .relay(let channel, let relay):
                json.member("event", "move")
                json.member("channel", channel)
                json.member("to", relay.target)
                json.member("state", relay.state.name)
            case .store: json.member("event", "store_failure")
            case .storeAnswersAgain: json.member("event", "store_answers")
            case .restored: json.member("event", "store_restored")
            }
        }
    }
}

extension RelayRecord.State {
    var name: String {
        switch self {
        case .requested: "requested"
        case .seam: "seam"
        case .ready: "ready"
        case .done: "done"
        case .settled: "settled"
        case .cancelled: "cancelled"
        }
    }
}
