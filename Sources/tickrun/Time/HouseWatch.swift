import ChannelRun
import ClusterLinux
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// Listens for synchronization metadata, and prints what changes.
struct HouseWatch: ~Copyable {
    private var socket: PTPGroupSocket
    private var state: SynchronizationMetadataState
    private let isJSON: Bool
    private let leapSeconds = HostTAIOffset.leapSeconds()
    /// Where the metadata of the last event came in.
    private var interface: String?

    /// How long a step waits at most, so that a signal and stale metadata are seen.
    private static let slice = Nanoseconds.milliseconds(100)
    /// Datagrams that a step takes at most, for the same reason.
    private static let datagramLimit = 64

    init(_ interface: String?, _ domain: UInt8, isJSON: Bool) throws(RunFailure) {
        do throws(PTPGroupFailure) { socket = try PTPGroupSocket(interface: interface) } catch {
            throw Self.failure(error)
        }
        state = SynchronizationMetadataState(domain: domain)
        self.isJSON = isJSON
    }

    private static func failure(_ failure: PTPGroupFailure) -> RunFailure {
        failure.isPermission ? .permission("\(failure)") : .unavailable("\(failure)")
    }

    /// Whether metadata of the domain came, accepted or refused.
    var hasHeard: Bool { state.last != nil || state.refusal != nil }

    var exitCode: ExitCode { state.last == nil || state.isStale(at: HostClock.boot()) ? .badVerdict : .good }

    /// Takes what has come, or waits for it a short time, and prints the changes.
    mutating func step(until end: BootInstant) throws(RunFailure) {
        socket.wait(for: min(Self.slice, max(.zero, end -| HostClock.boot())))
        for _ in 0..<Self.datagramLimit {
            let datagram: PTPGroupSocket.Datagram?
            do throws(PTPGroupFailure) { datagram = try socket.receive() } catch { throw Self.failure(error) }
            guard let datagram else {
                if let event = state.check(at: HostClock.boot()) { try show(event) }
                return
            }
            if try take(datagram) { return }
        }
    }

    /// - Returns: whether it changed anything.
    private mutating func take(_ datagram: PTPGroupSocket.Datagram) throws(RunFailure) -> Bool {
        // Before the datagram: it may end a silence.
        if let event = state.check(at: datagram.arrived) { try show(event) }
        let events = state.take(
            datagram.bytes.span, length: datagram.length, at: datagram.arrived, utc: HostClock.utc(),
            leapSeconds: leapSeconds)
        if !events.isEmpty { interface = datagram.interface }
        for event in events { try show(event) }
        return !events.isEmpty
    }

    /// Why nothing can be shown, and what to check.
    ///
    /// - Parameter waited: how long it listened.
    func nothing(within waited: Nanoseconds) -> RunFailure {
        let counts = state.counts
        var text = "no synchronization metadata of domain \(state.domain) came within \(Quantity.length(waited)) on "
        text += socket.interfaces.joined(separator: ", ")
        if !state.otherDomains.isEmpty {
            let domains = state.otherDomains.sorted().map { "\($0)" }.joined(separator: ", ")
            text += "; domain \(domains) has it: give --domain"
        } else if let refusal = state.lastMalformed {
            text += "; \(Quantity.counted(counts.malformed, "message")) could not be read: \(refusal)"
        } else if counts.foreign > 0 {
            text += "; \(Quantity.counted(counts.foreign, "other message")) came: does the grandmaster send ST 2059-2?"
        } else {
            text += "; no message of PTP came: check --interface, the multicast of the switch (IGMP) and the firewall"
        }
        return .unavailable(text)
    }

    // MARK: - Output

    private func show(_ event: SynchronizationMetadataState.Event) throws(RunFailure) {
        let now = HostClock.boot(), utc = HostClock.utc()
        let entry: SynchronizationMetadataState.Entry
        var faults: [String] = []
        if case .refused(let refusal) = event {
            (entry, faults) = (refusal.entry, refusal.faults)
        } else {
            guard let last = state.last else { return }
            entry = last
        }
        let report = HouseReport(metadata: entry.message.metadata, utc: utc, leapSeconds: leapSeconds)
        try Output.writing { output throws(RunFailure) in
            if isJSON {
                try output.line(json(event, entry, faults, report, now))
            } else {
                for line in lines(event, entry, faults, report, now) { try output.row(line) }
            }
        }
    }

    private func lines(
        _ event: SynchronizationMetadataState.Event, _ entry: SynchronizationMetadataState.Entry, _ faults: [String],
        _ report: HouseReport, _ now: BootInstant
    ) -> [String] {
        let source = entry.message.source
        let age = Quantity.length(max(.zero, now -| entry.taken))
        var lines: [String]
        switch event {
        case .stale: return ["\(report.seen)  stale: no metadata for \(age); the last of \(source) stays"]
        case .resumed(let silence):
            return ["\(report.seen)  \(source) sends again after \(Quantity.length(silence))"]
        case .first: lines = ["Sender         \(source), domain \(state.domain)\(place), \(age) ago"]
        case .sender(let from): lines = ["\(report.seen)  sender: \(from) -> \(source)"]
        case .content(let fields): lines = ["\(report.seen)  changed: \(fields.joined(separator: ", "))"]
        case .refused:
            lines = ["\(report.seen)  refused, of \(source), domain \(state.domain)\(place)"]
            lines += faults.map { "Fault          \($0)" }
        }
        lines += report.lines
        lines += (report.notes + rivals(now)).map { "Note           \($0)" }
        return lines
    }

    private var place: String { interface.map { ", on \($0)" } ?? "" }

    private func rivals(_ now: BootInstant) -> [String] {
        let senders = state.senders(at: now)
        guard senders.count > 1 else { return [] }
        return ["\(senders.count) clocks send: " + senders.map(\.description).sorted().joined(separator: ", ")]
    }

    private func json(
        _ event: SynchronizationMetadataState.Event, _ entry: SynchronizationMetadataState.Entry, _ faults: [String],
        _ report: HouseReport, _ now: BootInstant
    ) -> JSONText {
        var (previous, changed, silence): (String?, [String], Int64?) = (nil, [], nil)
        switch event {
        case .sender(let from): previous = from.description
        case .content(let fields): changed = fields
        case .resumed(let after): silence = after.count
        case .first, .refused, .stale: break
        }
        let counts = state.counts
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/house/1")
            json.member("event", event.name)
            json.member("seen_utc_ns", report.utc.nanoseconds)
            json.member("accepted", faults.isEmpty)
            json.member("stale", now -| entry.taken > SynchronizationMetadataState.staleAge)
            json.member("age_ns", max(.zero, now -| entry.taken).count)
            json.member("domain", entry.message.domain)
            json.member("interface", interface)
            json.member("sender", entry.message.source.description)
            json.member("previous_sender", previous)
            json.member("sequence", entry.message.sequence)
            json.member("silence_ns", silence)
            json.array("changed") { json in for field in changed { json.element(field) } }
            json.array("senders") { json in
                for sender in state.senders(at: now).map(\.description).sorted() { json.element(sender) }
            }
            json.array("faults") { json in for fault in faults { json.element(fault) } }
            report.write(to: &json)
            json.object("datagrams") { json in
                json.member("accepted", counts.accepted)
                json.member("refused", counts.refused)
                json.member("other_domain", counts.otherDomain)
                json.member("malformed", counts.malformed)
                json.member("foreign", counts.foreign)
                json.member("lost", socket.lost)
            }
        }
        return json
    }
}

extension SynchronizationMetadataState.Event {
    /// The name in JSON.
    fileprivate var name: String {
        switch self {
        case .first: "heard"
        case .sender: "sender"
        case .content: "content"
        case .refused: "refused"
        case .stale: "stale"
        case .resumed: "resumed"
        }
    }
}

extension HouseReport {
    /// When, to the second.
    fileprivate var seen: String { "\(utc.iso8601.prefix(19))Z" }
}
