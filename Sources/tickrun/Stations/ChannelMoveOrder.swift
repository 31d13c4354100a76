import ChannelRun
import EtcdClient
import LinuxService
import StationAgent
import Stations
import TickConfiguration
import TickLinux
import TickReports
import TickTime

/// A move that this command asked for, and its result.
struct ChannelMoveOrder {
    let channel: String
    let target: String
    /// Some readers of JSON do not keep greater numbers exactly.
    private let id = UInt64.random(in: 1...(1 << 53))
    /// The owner when the move was asked for.
    private var from: String?
    private var place = RelayRecord.Place.soonest
    /// Its last known state; `nil`: it was not written.
    private var relay: RelayRecord?
    /// Why it was not written, or another outcome that is not one of its states.
    private var refusal: String?

    init(channel: String, target: String) {
        self.channel = channel
        self.target = target
    }

    /// A move that cannot be asked for.
    init(channel: String, from: String, refusal: String) {
        self.init(channel: channel, target: "")
        self.from = from
        self.refusal = refusal
    }

    var isDone: Bool {
        switch relay?.state {
        case .done, .settled: true
        case .requested, .seam, .ready, .cancelled, nil: false
        }
    }
    var isRefused: Bool { refusal != nil }
    private var isOpen: Bool { refusal == nil && relay?.isOver == false }

    /// Writes the request.
    ///
    /// - Throws: `RunFailure`: 1 if the records do not allow the move.
    mutating func send(at place: RelayRecord.Place = .soonest, _ orders: StationOrders) throws(RunFailure) {
        let (id, target) = (id, target)
        let (records, _) = try orders.carryOut(for: channel) { order throws(OrderRefusal) in
            try order.move(to: target, at: place, id: id)
        }
        self.place = place
        relay = records.channels[channel]?.relay?.record
        from = (records.channels[channel]?.air?.record).flatMap { $0.isNobodys ? nil : $0.host }
    }

    mutating func refuse(_ failure: RunFailure) { refusal = failure.message }

    // MARK: - Following

    /// Follows moves until all are over, the time is over, or a signal asks to end.
    static func follow(
        _ moves: inout [ChannelMoveOrder], _ setup: StationSetup, for length: Nanoseconds,
        _ interrupts: borrowing InterruptWatch
    ) throws(RunFailure) {
        guard length > .zero, moves.contains(where: \.isOpen) else { return }
        let end = HostClock.monotonic() +| length
        let watch = EtcdWatch(setup.store.client, .prefix(setup.store.prefix + "channels/"))
        var said: String?
        while moves.contains(where: \.isOpen) {
            let left = end -| HostClock.monotonic()
            guard left > .zero, !interrupts.asksToEnd(within: .zero) else { return }
            let event = watch.next(timeLimit: min(left, .milliseconds(250)))
            if event == nil, let failure = watch.lastFailure, "\(failure)" != said {
                said = "\(failure)"
                Commentary.say("\(failure)", .warning)
            }
            for (key, value) in StationChanges.values(event) {
                guard case .relay(let channel)? = setup.store.key(key) else { continue }
                let found: StationValue?
                do { found = try value.flatMap { try setup.store.record(key, $0)?.value } } catch {
                    throw RunFailure.badData("\(error)")
                }
                for index in moves.indices where moves[index].channel == channel { moves[index].see(found) }
            }
        }
    }

    private mutating func see(_ value: StationValue?) {
        guard isOpen else { return }
        guard case .relay(let found)? = value, found.id == id else {
            refusal = "its record was removed or replaced; whether it was done is unknown"
            return
        }
        guard found != relay else { return }
        relay = found
        if !found.isOver { Commentary.say("\(channel): move \(found.words)") }
    }

    // MARK: - Output

    func write(_ output: inout Output, _ setup: StationSetup, asJSON: Bool) throws(RunFailure) {
        guard asJSON else {
            let text = refusal ?? relay?.words ?? "unknown"
            return try output.row("\(channel): \(refusal == nil ? "move " : "")\(text)")
        }
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/channel-move/1")
            json.member("station", setup.file.station)
            json.member("channel", channel)
            json.member("from", from)
            json.member("id", relay?.id)
            json.member("to", target.isEmpty ? nil : target)
            json.member("at", place.name)
            json.member("state", refusal == nil ? relay?.state.name ?? "unknown" : relay == nil ? "refused" : "unknown")
            json.member("tick", relay?.state.tick)
            json.member("reason", refusal ?? relay?.state.reason)
        }
        try output.line(json)
    }
}
