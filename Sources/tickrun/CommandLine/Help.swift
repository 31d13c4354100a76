import ChannelRun
import TickReports

/// The texts of `tickrun --help` and `tickrun CMD --help`.
enum Help {
    static var version: String { RunProgram.tickrun.version }
    /// When its texts were last revised, for the manual pages.
    static let versionDate = "2026-11-28"

    static let description = """
        Delivers ticks at exact deadlines of a frame rate, anchored once to UTC and to the
        monotonic clock, and reports how late they started and why.

        A RATE is a whole number (25), a fraction (60000/1001), or the name of a 1001-based rate:
        23.976 (or 23.98), 29.97, 47.952 (or 47.95), 59.94, 119.88. 'p' or 'fps' may follow (50p);
        'df' or 'ndf' chooses drop-frame or non-drop labels (29.97df).
        """

    /// Each with what it means; `ExitCode` is the list that programs use.
    static let exitCodes: [(code: Int32, meaning: String)] = [
        (ExitCode.good.rawValue, "good"), (ExitCode.badVerdict.rawValue, "bad verdict"),
        (ExitCode.usage.rawValue, "wrong usage"),
        (ExitCode.notSynchronized.rawValue, "clock not proved synchronized"),
        (ExitCode.badData.rawValue, "bad data"), (ExitCode.unavailable.rawValue, "unavailable"),
        (ExitCode.permission.rawValue, "permission"), (ExitCode.configuration.rawValue, "configuration"),
    ]

    static let examples = [
        "tickrun Fixtures/profiles/ntsc-59.94.json",
        "tickrun 59.94 --duration 10s",
        "tickrun host",
        "tickrun deadlines 29.97 --count 5",
    ]

    static var overview: String {
        let width = CommandTable.all.map { $0.name.count }.max() ?? 0
        let list = CommandTable.all.map { "  \($0.name.padded(to: width))  \($0.summary)" }
        let codes = exitCodes.map { "\($0.code) \($0.meaning)" }
        return """
            tickrun \(version): a real-time tick scheduler for broadcast playout

            usage: tickrun PROFILE|RATE [options]      (the command 'run')
                   tickrun COMMAND [operands] [options]

            \(description)

            commands:
            \(list.joined(separator: "\n"))

            'tickrun help COMMAND' explains one, with examples.

            examples:
            \(examples.map { "  \($0)" }.joined(separator: "\n"))

            exit codes: \(codes.prefix(4).joined(separator: ", ")),
            \(codes.dropFirst(4).joined(separator: ", "))
            """
    }

    static func of(_ command: any Command.Type) -> String {
        let options = command.options + [.help]
        let width = options.map(\.spelling.count).max() ?? 0
        let list = options.byGroup.map { group, options in
            "\(group.map { "\($0) options" } ?? "options"):\n"
                + options.map { line($0, width) }.joined(separator: "\n")
        }
        return """
            usage: \(usage(of: command))

            \(command.discussion)

            \(list.joined(separator: "\n\n"))

            examples:
            \(command.examples.map { "  \($0)" }.joined(separator: "\n"))
            """
    }

    static func usage(of command: any Command.Type) -> String {
        "tickrun \(command.name) \(command.operands)\(command.operands.isEmpty ? "" : " ")[options]"
    }

    private static func line(_ option: CommandOption, _ width: Int) -> String {
        let lines = option.help.split(separator: "\n", omittingEmptySubsequences: false)
        let indent = "\n" + String(repeating: " ", count: width + 4)
        return "  \(option.spelling.padded(to: width))  \(lines.joined(separator: indent))"
    }
}
