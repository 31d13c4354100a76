import Stations
import TickScheduling
import TickTime

/// What was reported to the operator, so that each change is reported once.
struct ReportedState {
    /// Why each lane of requests failed the last time, if it did.
    private var failures: [StationRequest.Lane: String] = [:]
    private var memoryFailure: String?
    private var tenure: Int64?
    private var wasValid = false
    private var view: Int64?
    private var roles: [String: ChannelPart.Role] = [:]
    private var owners: [String: Int64] = [:]
    private var relays: [String: RelayRecord] = [:]
    private var restoredAt: BootInstant?

    /// A failure that lasts.
    var lastFailure: String? { failures.values.min() }

    /// Takes the result of a request. If one cause makes the requests of several lanes fail, it is reported once.
    mutating func failure(_ text: String?, lane: StationRequest.Lane) -> StationMember.Event? {
        let (before, isKnown) = (failures[lane], text.map { failures.values.contains($0) } ?? false)
        failures[lane] = text
        if let text { return isKnown ? nil : .store(text) }
        return before != nil && failures.isEmpty ? .storeAnswersAgain : nil
    }

    /// Takes whether the state file could be written. A cause that lasts is reported once.
    mutating func memoryFailure(_ text: String?) -> StationMember.Event? {
        defer { memoryFailure = text }
        return text == memoryFailure ? nil : text.map { .store($0) }
    }

    /// The changes since the last call.
    mutating func changes(
        _ host: StationHost, _ decisions: [StationMember.Decision], at now: BootInstant
    ) -> [StationMember.Event] {
        var events: [StationMember.Event] = []
        let held = host.tenure.state == .held ? host.tenure.generation : nil
        if held != tenure {
            let isReleased = host.tenure.state == .released
            events.append(held.map { .tenure(generation: $0) } ?? (isReleased ? .tenureReleased : .tenureLost))
            tenure = held
        }
        let isValid = host.tenure.isValid(at: now)
        if wasValid, !isValid, held != nil, host.tenure.validUntil != nil { events.append(.tenureOver) }
        wasValid = isValid
        if host.restoredAt != restoredAt {
            restoredAt = host.restoredAt
            events.append(.restored)
        }
        let right = host.primary.right
        if right?.view != view {
            events.append(right.map { .primary(view: $0.view, floor: $0.floor) } ?? .notPrimary)
            view = right?.view
        }
        for decision in decisions {
            let number = decision.role == .owner ? decision.right?.fencingNumber ?? owners[decision.channel] : nil
            // For a person, arming and taking are the same.
            let role = decision.role == .taking ? .arming : decision.role
            if roles[decision.channel] != role || owners[decision.channel] != number {
                events.append(
                    .role(
                        channel: decision.channel, role, firstTick: decision.right?.firstTick,
                        fencingNumber: number))
                roles[decision.channel] = role
                owners[decision.channel] = number
            }
            if let relay = decision.records?.relay?.record, relays[decision.channel] != relay {
                relays[decision.channel] = relay
                events.append(.relay(channel: decision.channel, relay))
            }
        }
        return events
    }
}

extension StationMember.Event {
    /// The event for people.
    package var words: String {
        switch self {
        case .tenure(let generation): "this host has a tenure (generation \(generation))"
        case .tenureLost: "this host lost its tenure: another host ended it, or its record was changed"
        case .tenureReleased: "this host gave its tenure up"
        case .tenureOver: "this host's tenure is over: no rewrite was accepted in time"
        case .primary(let view, _): "this host is the primary (view \(view))"
        case .notPrimary: "this host is no longer the primary"
        case .role(let channel, let role, let first, let number):
            switch role {
            case .owner:
                "\(channel): on air from tick \(first.map { "\($0)" } ?? "unknown") "
                    + "(fencing number \(number.map { "\($0)" } ?? "unknown"))"
            case .standby: "\(channel): standby"
            case .bystander: "\(channel): its spec does not name this host"
            case .arming, .taking: "\(channel): taking over"
            }
        case .relay(let channel, let relay): "\(channel): move to \(relay.target): \(relay.state.words)"
        case .store(let text): text
        case .storeAnswersAgain: "etcd answers, and its records can be read"
        case .restored:
            "etcd's revision went back, so etcd was restored; this host takes nothing until the others have stopped"
        }
    }
}

extension RelayRecord.State {
    package var words: String {
        switch self {
        case .requested: "requested"
        case .seam(let tick, _): "at tick \(tick), if it is ready"
        case .ready(let tick, _, _): "ready for tick \(tick)"
        case .done(let tick): "done at tick \(tick)"
        case .settled(let tick): "settled since tick \(tick)"
        case .cancelled(let reason): "cancelled: \(reason)"
        }
    }
}
