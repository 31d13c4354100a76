import ChannelRun
import TickReports
import TickTime

/// Frame numbers to SMPTE ST 12-1 labels, and back.
enum TimecodeCommand: Command {
    static let name = "timecode"
    static let summary = "frame numbers to timecode labels, and back"
    static let operands = "RATE FRAME|LABEL…"
    static let discussion = """
        Prints frame and label of each operand: a whole number is a frame, anything with a colon
        is a label (HH:MM:SS:FF, or HH:MM:SS;FF in drop-frame). Frame 0 is 00:00:00:00; labels
        wrap after 24 hours. Put labels with a semicolon in quotes: a shell ends a command there.

        By default labels are drop-frame at 29.97, 59.94 and 119.88, and non-drop at other rates.
        --drop and --non-drop, or the rate itself (29.97df, 29.97ndf), change that. A label that
        does not exist, such as 00:01:00;00 at 29.97, is refused. A rate without labels is refused
        too: a second of labels must hold a whole number of frames, which 25/2 and 1/10 do not.

        With --epoch the labels are house time: FRAME is a tick of a session whose tick 0 falls on
        that instant. The first frame at or after the daily jam has the jam's time of day, and
        each later frame counts one more. So all sessions give one instant the same label,
        whenever they began. LABEL gives the first tick from 0 on that has it, up to the second
        jam.

        With --json, one object a line: rate, drop_frame, frame, timecode; for house time also
        epoch_utc_ns, utc_offset and daily_jam.
        """
    static let options: [CommandOption] = [
        CommandOption("--drop", .none, "drop-frame; only at 29.97, 59.94 and 119.88"),
        CommandOption("--non-drop", .none, "non-drop at every rate that has labels"),
        CommandOption("--epoch", .required("UTC"), "house time, with tick 0 at this instant: 2026-11-21T06:00:00Z"),
        CommandOption(
            "--utc-offset", .required("OFFSET"), "how far the house's clock is ahead of UTC (default Z): +01:00"),
        CommandOption("--daily-jam", .required("HH:MM:SS"), "local time of the daily jam (default 00:00:00)"),
        .json,
    ]
    static let examples = [
        "tickrun timecode 29.97 1800 17982",
        "tickrun timecode 29.97 '00:01:00;02' --json",
        "tickrun timecode 29.97 --non-drop 01:00:00:00",
        "tickrun timecode 23.976 --epoch 2026-11-21T12:00:00Z 86314 12:59:13:06",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let spelling = try arguments.operand(0, called: "RATE")
        let format = try format(of: try arguments.rateSpelling(spelling), spelling, arguments)
        guard arguments.operands.count > 1 else {
            throw arguments.failure("FRAME|LABEL is missing: tickrun timecode RATE FRAME|LABEL…")
        }
        let labels = try Labels(format, arguments)
        // All are parsed before the first is printed, because half a list looks like a whole one.
        let frames = try arguments.operands.dropFirst().map { (operand) throws(RunFailure) in
            try labels.frame(operand, arguments)
        }
        return try Output.writing { output throws(RunFailure) in
            for frame in frames { try labels.print(frame, to: &output, asJSON: arguments.wantsJSON) }
            return .good
        }
    }

    private static func format(
        of rate: RateSpelling, _ spelling: String, _ arguments: Arguments
    ) throws(RunFailure) -> TimecodeFormat {
        let (drop, nonDrop) = (arguments.has("--drop"), arguments.has("--non-drop"))
        guard !(drop && nonDrop) else {
            throw arguments.failure("--drop and --non-drop exclude each other; give one")
        }
        let asked = drop ? true : nonDrop ? false : nil
        if let asked, let spelled = rate.isDropFrame, asked != spelled {
            throw arguments.failure(
                "RATE '\(spelling)' contradicts \(drop ? "--drop" : "--non-drop"); give one of them")
        }
        do throws(TimecodeError) {
            guard let isDropFrame = asked ?? rate.isDropFrame else { return try TimecodeFormat(rate: rate.rate) }
            return try TimecodeFormat(rate: rate.rate, dropFrame: isDropFrame)
        } catch {
            if case .dropFrameUnavailable = error { throw arguments.failure("--drop: \(error)") }
            throw arguments.failure("RATE: \(error)")
        }
    }
}

/// Frames and labels: counted from frame 0, or house time.
private struct Labels {
    private let format: TimecodeFormat
    /// The house time, if the labels are the time of day.
    private let house: (labels: SessionTimecode, offset: UTCOffset, jam: TimeOfDay)?

    init(_ format: TimecodeFormat, _ arguments: Arguments) throws(RunFailure) {
        self.format = format
        guard let epoch = try arguments.instant("--epoch") else {
            for option in ["--utc-offset", "--daily-jam"] where arguments.text(option) != nil {
                throw arguments.failure("\(option) belongs to house time; give --epoch too")
            }
            house = nil
            return
        }
        let offset =
            try Self.civil("--utc-offset", arguments) { (text) throws(CivilTimeError) in
                try UTCOffset(parsing: text)
            } ?? .utc
        let jam =
            try Self.civil("--daily-jam", arguments) { (text) throws(CivilTimeError) in
                try TimeOfDay(parsing: text)
            } ?? .midnight
        do {
            let labels = try SessionTimecode(
                format: format, start: .timeOfDay(offset: offset, dailyJam: jam), epoch: epoch)
            house = (labels, offset, jam)
        } catch { throw arguments.failure("--epoch: \(error)") }
    }

    private static func civil<Value>(
        _ option: String, _ arguments: Arguments, _ parse: (String) throws(CivilTimeError) -> Value
    ) throws(RunFailure) -> Value? {
        guard let text = arguments.text(option) else { return nil }
        do { return try parse(text) } catch { throw arguments.failure("\(option): \(error)") }
    }

    /// The frame that an operand names, by its number or its label.
    func frame(_ operand: String, _ arguments: Arguments) throws(RunFailure) -> Int64 {
        guard operand.contains(where: { $0 == ":" || $0 == ";" }) else {
            return try arguments.integer(operand, called: "FRAME", in: Int64.min...Int64.max)
        }
        do throws(TimecodeError) {
            let label = try format.parse(operand)
            guard let labels = house?.labels else { return try format.frame(of: label) }
            // From tick 0 to the next jam, and from there to the second.
            for tick in [0, labels.jam(1).tick] {
                let found = try labels.ticks(bearing: label, inDayOfTick: tick)
                if let first = found.first(where: { $0 >= 0 }) { return first }
            }
        } catch {
            throw arguments.failure("LABEL: \(error)")
        }
        throw arguments.failure(
            "LABEL: no frame of a day has \(operand): the daily jam skips it; use a label that the house shows")
    }

    func print(_ frame: Int64, to output: inout Output, asJSON: Bool) throws(RunFailure) {
        let label = "\(house?.labels.label(ofTick: frame) ?? format.label(ofFrame: frame))"
        guard asJSON else { return try output.line("\("\(frame)".padded(to: 10))  \(label)") }
        var json = JSONText()
        json.object {
            $0.member("schema", "tickrun/timecode/1")
            $0.member("rate", format.rate.rational)
            $0.member("drop_frame", format.isDropFrame)
            $0.member("frame", frame)
            $0.member("timecode", label)
            guard let house else { return }
            $0.member("epoch_utc_ns", house.labels.epoch.nanoseconds)
            $0.member("utc_offset", house.offset.description)
            $0.member("daily_jam", house.jam.description)
        }
        try output.line(json)
    }
}
