// Reads the lines of `JoinMessages.swift`. What is read comes from another process: each number is checked against the
// range in which the code behind it works.

import TickScheduling
import TickTime

extension AgentMessage {
    /// - Returns: `nil` for a kind that this version does not know.
    /// - Throws: `JoinFault`.
    package init?(line: some Sequence<UInt8>) throws(JoinFault) {
        let json = try JoinReading(line)
        switch json.kind {
        case "joined":
            try json.requireSchema("the agent")
            self = .joined
        case "refused":
            try json.requireSchema("the agent")
            self = .refused(json.value.text("text") ?? "no reason given")
        case "session": self = .session(order: try json.number("order"), try json.orderedSession())
        case "append": self = .append(order: try json.number("order"), try json.blocks())
        case "end": self = .end(order: try json.number("order"))
        default: return nil
        }
    }
}

extension ProgramMessage {
    /// - Returns: `nil` for a kind that this version does not know.
    /// - Throws: `JoinFault`.
    package init?(line: some Sequence<UInt8>) throws(JoinFault) {
        let json = try JoinReading(line)
        switch json.kind {
        case "join":
            try json.requireSchema("the program")
            guard let channel = json.value.text("channel") else { throw JoinFault("'channel' is missing") }
            var running: JoinedSession?
            if let member = json.value["running"] { running = try JoinReading(member).session() }
            self = .join(channel: channel, running: running)
        case "began": self = .began(order: try json.number("order"), try json.session())
        case "failed":
            self = .failed(order: try json.number("order"), json.value.text("text") ?? "no reason given")
        case "ended": self = .ended(order: try json.number("order"))
        default: return nil
        }
    }
}

/// A line's members, read with their ranges.
struct JoinReading {
    let value: JoinJSON

    init(_ line: some Sequence<UInt8>) throws(JoinFault) {
        guard let value = JoinJSON(line), case .object = value else { throw JoinFault("a line is not a JSON object") }
        self.value = value
    }

    init(_ value: JoinJSON) throws(JoinFault) {
        guard case .object = value else { throw JoinFault("'running' is not an object") }
        self.value = value
    }

    var kind: String? { value.text("kind") }

    func requireSchema(_ who: String) throws(JoinFault) {
        let schema = value.text("schema") ?? "an unknown format"
        guard schema == JoinFormat.schema else {
            throw JoinFault(
                "\(who) uses \(schema), and this side \(JoinFormat.schema); use the library and the agent of one "
                    + "version")
        }
    }

    /// A number of at least 0.
    func number(_ name: String) throws(JoinFault) -> Int64 {
        guard let number = value.integer(name), number >= 0 else {
            throw JoinFault("'\(name)' is not a whole number of at least 0")
        }
        return number
    }

    private func optional(_ name: String) throws(JoinFault) -> Int64? {
        guard let member = value[name], member != .other else { return nil }
        return try number(name)
    }

    /// A length of time.
    private func length(_ name: String, atMost most: Int64) throws(JoinFault) -> Nanoseconds {
        let number = try number(name)
        guard number <= most else { throw JoinFault("'\(name)' is \(number); the maximum is \(most)") }
        return Nanoseconds(number)
    }

    private func rate() throws(JoinFault) -> FrameRate {
        guard let numerator = UInt32(exactly: try number("rate_numerator")),
            let denominator = UInt32(exactly: try number("rate_denominator")),
            let rate = try? FrameRate(numerator, over: denominator)
        else { throw JoinFault("'rate_numerator' and 'rate_denominator' are not a frame rate") }
        return rate
    }

    func session() throws(JoinFault) -> JoinedSession {
        guard let epoch = value.integer("epoch_mono_ns") else {
            throw JoinFault("'epoch_mono_ns' is not a whole number")
        }
        let last: Int64? = value.integer("last_block")
        return JoinedSession(
            rate: try rate(), epoch: MonotonicInstant(nanoseconds: epoch), firstTick: try number("first_tick"),
            lead: try length("lead_ns", atMost: Nanoseconds.seconds(10).count),
            uncertainty: try length("uncertainty_ns", atMost: AdmittedRange.statedErrorNanoseconds.upperBound),
            lastBlock: last)
    }

    func orderedSession() throws(JoinFault) -> OrderedSession {
        let grid: GridPhase
        do {
            grid = try GridPhase(
                tick: try number("tick"), tai: TAIInstant(nanoseconds: try number("tai_ns")),
                bound: Nanoseconds(try number("bound_ns")))
        } catch let fault as JoinFault {
            throw fault
        } catch {
            throw JoinFault("\(error)")
        }
        guard let due = value.integer("due_boot_ns") else { throw JoinFault("'due_boot_ns' is not a whole number") }
        var start: UTCInstant?
        if let nanoseconds = try optional("plan_start_utc_ns") {
            guard let instant = UTCInstant(admitting: nanoseconds) else {
                throw JoinFault("'plan_start_utc_ns' is outside \(AdmittedRange.utcText)")
            }
            start = instant
        }
        return OrderedSession(
            rate: try rate(), grid: grid, due: BootInstant(nanoseconds: due), firstTick: try optional("first_tick"),
            planStart: start, blocks: try blocks())
    }

    func blocks() throws(JoinFault) -> [Block] {
        guard let member = value["blocks"] else { return [] }
        guard case .list(let elements) = member, elements.count <= JoinFormat.blockLimit else {
            throw JoinFault("'blocks' is not a list of at most \(JoinFormat.blockLimit)")
        }
        var blocks: [Block] = []
        for element in elements {
            guard case .list(let pair) = element, pair.count == 2, case .integer(let id) = pair[0],
                case .integer(let length) = pair[1], length > 0, let length = Nanoseconds(admitting: length)
            else { throw JoinFault("a block is not a pair of an id and a length") }
            blocks.append(Block(id: BlockID(rawValue: id), length: length))
        }
        return blocks
    }
}
