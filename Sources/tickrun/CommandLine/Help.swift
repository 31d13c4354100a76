import ChannelRun

/// The texts of `tickrun --help` and `tickrun CMD --help`.
enum Help {
    static var version: String { Maker.version }

    static var overview: String {
        let width = CommandTable.all.map { $0.name.count }.max() ?? 0
        let list = CommandTable.all.map { "  \(padded($0.name, to: width))  \($0.summary)" }
        return """
            tickrun \(version): a real-time tick scheduler for broadcast playout

            usage: tickrun PROFILE|RATE [options]      (the command 'run')
                   tickrun COMMAND [operands] [options]

            commands:
            \(list.joined(separator: "\n"))

            'tickrun help COMMAND' explains one, with examples. 'tickrun --version' prints the version.

            examples:
              tickrun Fixtures/profiles/ntsc-59.94.json
              tickrun 59.94 --duration 10s
              tickrun host
              tickrun deadlines 29.97 --count 5

            A RATE is a whole number (25), a fraction (60000/1001), or the name of a 1001-based rate:
            23.976 (or 23.98), 29.97, 47.952 (or 47.95), 59.94, 119.88. 'p' or 'fps' may follow (50p);
            'df' or 'ndf' chooses drop-frame or non-drop labels (29.97df).

            exit codes: 0 good, 1 bad verdict, 2 wrong usage, 3 clock not proved synchronized,
            65 bad data, 69 unavailable, 77 permission, 78 configuration
            """
    }

    static func of(_ command: any Command.Type) -> String {
        let options = command.options + [.help]
        let width = options.map(\.spelling.count).max() ?? 0
        let list = options.map { option in
            let lines = option.help.split(separator: "\n", omittingEmptySubsequences: false)
            let indent = "\n" + String(repeating: " ", count: width + 4)
            return "  \(padded(option.spelling, to: width))  \(lines.joined(separator: indent))"
        }
        return """
            usage: tickrun \(command.name) \(command.operands)\(command.operands.isEmpty ? "" : " ")[options]

            \(command.discussion)

            options:
            \(list.joined(separator: "\n"))

            examples:
            \(command.examples.map { "  \($0)" }.joined(separator: "\n"))
            """
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
