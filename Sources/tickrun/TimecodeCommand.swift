import TickReports
import TickTime

/// Frame numbers to SMPTE ST 12-1 labels, and back.
enum TimecodeCommand: Command {
    static let name = "timecode"
    static let summary = "frame numbers to timecode labels, and back"
    static let operands = "RATE FRAME|LABEL…"
    static let discussion = """
        Prints frame and label of each operand: a whole number is a frame, anything with a colon is
        a label (HH:MM:SS:FF, or HH:MM:SS;FF in drop-frame). Frame 0 is 00:00:00:00; labels wrap
        after 24 hours. Quote labels with a semicolon, which the shell would take for itself.

        At 29.97, 59.94 and 119.88 labels are drop-frame, elsewhere non-drop, unless told otherwise:
        by --drop or --non-drop, or by the rate (29.97df, 29.97ndf).
        A label that does not exist, such as 00:01:00;00 at 29.97, is refused.

        With --json, one object a line: rate, drop_frame, frame, timecode.
        """
    static let options: [CommandOption] = [
        CommandOption("--drop", .none, "drop-frame; only at 29.97, 59.94 and 119.88"),
        CommandOption("--non-drop", .none, "non-drop at every rate"),
        .json,
    ]
    static let examples = [
        "tickrun timecode 29.97 1800 17982",
        "tickrun timecode 29.97 '00:01:00;02' --json",
        "tickrun timecode 29.97 --non-drop 01:00:00:00",
    ]

    static func run(_ arguments: Arguments) throws -> ExitCode {
        let spelling = try arguments.operand(0, called: "RATE")
        let format = try format(of: try arguments.rateSpelling(spelling), spelling, arguments)
        guard arguments.operands.count > 1 else {
            throw arguments.failure("FRAME|LABEL is missing: tickrun timecode RATE FRAME|LABEL…")
        }
        // All are understood before the first is printed: half a list looks like a whole one.
        let frames = try arguments.operands.dropFirst().map { try frame($0, format, arguments) }
        return try Output.writing { output in
            for frame in frames {
                try output.line(frame, format, asJSON: arguments.wantsJSON)
            }
            return .good
        }
    }

    private static func format(
        of rate: RateSpelling, _ spelling: String, _ arguments: Arguments
    ) throws -> TimecodeFormat {
        let (drop, nonDrop) = (arguments.has("--drop"), arguments.has("--non-drop"))
        guard !(drop && nonDrop) else {
            throw arguments.failure("--drop and --non-drop exclude each other; give one")
        }
        let asked = drop ? true : nonDrop ? false : nil
        if let asked, let spelled = rate.isDropFrame, asked != spelled {
            throw arguments.failure(
                "RATE '\(spelling)' contradicts \(drop ? "--drop" : "--non-drop"); give one of them")
        }
        guard let isDropFrame = asked ?? rate.isDropFrame else { return TimecodeFormat(rate: rate.rate) }
        do {
            return try TimecodeFormat(rate: rate.rate, dropFrame: isDropFrame)
        } catch {
            throw arguments.failure("--drop: \(error)")
        }
    }

    private static func frame(_ operand: String, _ format: TimecodeFormat, _ arguments: Arguments) throws -> Int64 {
        guard operand.contains(where: { $0 == ":" || $0 == ";" }) else {
            return try arguments.integer(operand, called: "FRAME", in: Int64.min...Int64.max)
        }
        do {
            return try format.frame(of: format.parse(operand))
        } catch {
            throw arguments.failure("LABEL: \(error)")
        }
    }
}

extension Output {
    fileprivate mutating func line(_ frame: Int64, _ format: TimecodeFormat, asJSON: Bool) throws {
        let label = "\(format.label(ofFrame: frame))"
        guard asJSON else { return try line("\(Help.padded("\(frame)", to: 10))  \(label)") }
        var json = JSONText()
        json.object {
            $0.member("schema", "tickrun/timecode/1")
            $0.member("rate", format.rate.rational)
            $0.member("drop_frame", format.isDropFrame)
            $0.member("frame", frame)
            $0.member("timecode", label)
        }
        try line(json)
    }
}
