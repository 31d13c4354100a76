import ChannelRun
import ClockView
import MessageDigest
import TickJournal
import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Looks into a journal.
enum JournalCommand: Command {
    static let name = "journal"
    static let summary = "check, print or count the events of a journal"
    static let operands = "verify|cat|stat JOURNAL"
    static let discussion = """
        verify  checks that no event was changed, and none is missing: every event's id is the
                SHA-256 of its deterministic CBOR, and it names the id of the one before it.
        cat     prints the events, one a line.
        stat    counts them, by type.

        A journal is a CBOR sequence (RFC 8742) of pairs [event, id]. An incomplete event at its
        end, left by a kill, is reported and is not damage. For a damaged journal the exit code is
        65, and the error names the place. What 'cat' printed up to there is valid.

        With --json, one object a line. 'cat' prints: event (counted from 1), offset_bytes, id,
        parents, tag, record.
        """
    static let options: [CommandOption] = [
        CommandOption("--cut", .required("N"), "only the first N events"),
        .json,
    ]
    static let examples = [
        "tickrun journal verify Fixtures/journals/ntsc.journal",
        "tickrun journal cat Fixtures/journals/torn.journal --cut 5 --json",
        "tickrun journal stat Fixtures/journals/utc-step.journal",
    ]

    private enum Action: String, CaseIterable {
        case verify
        case cat
        case stat
    }

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let action: Action = try arguments.word(0)
        let input = JournalInput(path: try arguments.operand(1, called: "JOURNAL"))
        try arguments.refuseOperands(after: 2)
        let wanted = try arguments.integer("--cut", in: 0...Int64.max).map { Int($0) }
        return try Output.writing { output throws(RunFailure) in
            switch action {
            case .verify:
                try verify(try input.read(first: wanted), input, arguments, &output)
            case .cat: try cat(input, first: wanted, arguments, &output)
            case .stat: try stat(try input.read(first: wanted), input, arguments, &output)
            }
            return .good
        }
    }

    private static func verify(
        _ reading: JournalInput.Reading, _ input: JournalInput, _ arguments: Arguments, _ output: inout Output
    ) throws(RunFailure) {
        guard arguments.wantsJSON else {
            return try output.row("\(input.path): \(reading.survey.events) events, chain intact, \(reading.end)")
        }
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/journal-verify/1")
            json.member("journal", input.path)
            json.member("events", reading.survey.events)
            json.member("is_cut", reading.isCut)
            json.member("has_ended", reading.survey.ending != nil)
            json.member("torn_bytes", reading.tornBytes)
        }
        try output.line(json)
    }

    private static func cat(
        _ input: JournalInput, first wanted: Int?, _ arguments: Arguments, _ output: inout Output
    ) throws(RunFailure) {
        // If the file can be read twice, a cut that does not exist prints nothing. For a damaged journal, the events
        // before the damage are printed, and the error is the damage.
        if wanted != nil, SystemFile.kind(input.path) == .file, let reading = try? input.read(upTo: wanted ?? .max) {
            try input.requireEvents(wanted, reading)
        }
        let reading = try input.read(first: wanted) { (event) throws(RunFailure) in
            try output.line(arguments.wantsJSON ? json(event).text : text(event))
        }
        if reading.tornBytes > 0 { Commentary.say("\(input.path): \(reading.end)") }
    }

    private static func tag(of event: JournalEvent) -> String? {
        event.envelope.observationType.flatMap { JournalRecord.tag(of: $0) }
    }

    private static func text(_ event: JournalEvent) -> String {
        var json = JSONText()
        json.write(event.envelope.payload)
        let tag = tag(of: event) ?? event.envelope.kind
        return "\("\(event.number)".padded(to: 6))  \(tag.padded(to: 22))  \(json.text)"
    }

    private static func json(_ event: JournalEvent) -> JSONText {
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/journal-event/1")
            json.member("event", event.number)
            json.member("offset_bytes", event.offset)
            json.member("id", event.envelope.id.digest.hex)
            json.array("parents") { json in
                for parent in event.envelope.parents { json.element(parent.digest.hex) }
            }
            json.member("kind", event.envelope.kind)
            json.member("tag", tag(of: event))
            json.member("observation_type", event.envelope.observationType?.digest.hex)
            json.write("record", event.envelope.payload)
        }
        return json
    }

    private static func stat(
        _ reading: JournalInput.Reading, _ input: JournalInput, _ arguments: Arguments, _ output: inout Output
    ) throws(RunFailure) {
        let survey = reading.survey
        var length: Nanoseconds?
        if let first = survey.first, let last = survey.last { length = last - first }
        let counts = survey.counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard arguments.wantsJSON else {
            try output.row("\(input.path): \(survey.events) events in \(reading.bytes) bytes, \(reading.end)")
            if let beginning = survey.beginning {
                try output.row(
                    "      run '\(beginning.name)', wait \(beginning.wait.rawValue), \(Quantity.length(length))")
                for refused in beginning.refused { try output.row("      REFUSED \(refused)") }
            }
            for (tag, count) in counts {
                try output.row("      \("\(count)".padded(to: 8))  \(tag.isEmpty ? "(other)" : tag)")
            }
            return
        }
        var json = JSONText()
        json.object { json in
            json.member("schema", "tickrun/journal-stat/1")
            json.member("journal", input.path)
            json.member("bytes", reading.bytes)
            json.member("events", survey.events)
            json.member("sessions", survey.sessions)
            json.member("blocks", survey.blocks)
            json.member("length_ns", length?.count)
            json.member("is_cut", reading.isCut)
            json.member("has_ended", survey.ending != nil)
            json.member("torn_bytes", reading.tornBytes)
            json.object("by_tag") { json in
                for (tag, count) in counts { json.member(tag, count) }
            }
        }
        try output.line(json)
    }
}

extension JSONText {
    /// A payload as JSON: byte strings in hexadecimal; a payload that is not CBOR is one such string.
    fileprivate mutating func write(_ payload: [UInt8]) {
        if let value = try? CBORValue(decoding: payload) { write(value) } else { element(payload.hex) }
    }

    fileprivate mutating func write(_ key: String, _ payload: [UInt8]) {
        if let value = try? CBORValue(decoding: payload) { write(key, value) } else { member(key, payload.hex) }
    }

    private mutating func write(_ value: CBORValue) {
        switch value {
        case .unsigned(let value): element(value)
        case .negative(let value): element(value)
        case .bytes(let value): element(value.hex)
        case .text(let value): element(value)
        case .array(let items): array { json in for item in items { json.write(item) } }
        case .map(let members): object { json in for member in members { json.write(member.key, member.value) } }
        case .bool(let value): element(value)
        case .null: element(nil as String?)
        }
    }

    private mutating func write(_ key: String, _ value: CBORValue) {
        switch value {
        case .unsigned(let value): member(key, value)
        case .negative(let value): member(key, value)
        case .bytes(let value): member(key, value.hex)
        case .text(let value): member(key, value)
        case .array(let items): array(key) { json in for item in items { json.write(item) } }
        case .map(let members): object(key) { json in for member in members { json.write(member.key, member.value) } }
        case .bool(let value): member(key, value)
        case .null: member(key, nil as String?)
        }
    }
}
