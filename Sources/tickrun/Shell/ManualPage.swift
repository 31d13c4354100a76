// Manual pages in the man(7) macros, which both groff and mandoc read.

enum ManualPage {
    static var overview: String {
        var lines = heading("TICKRUN", "tickrun", "a real-time tick scheduler for broadcast playout")
        lines += [
            ".SH SYNOPSIS", ".B tickrun", ".IR PROFILE | RATE", "[options]", ".br", ".B tickrun", ".I COMMAND",
            "[operands] [options]",
            ".SH DESCRIPTION",
        ]
        lines += text(Help.description)
        lines.append(".SH COMMANDS")
        for command in CommandTable.all {
            lines += [".TP", ".BR tickrun\\-\(escaped(command.name)) (1)", escaped(command.summary)]
        }
        lines.append(".SH EXIT STATUS")
        for (code, meaning) in Help.exitCodes { lines += [".TP", ".B \(code)", escaped(meaning)] }
        lines += [".SH ENVIRONMENT", ".TP", ".B NO_COLOR", "Any value but the empty one: no colour."]
        lines += examples(Help.examples)
        return lines.joined(separator: "\n")
    }

    static func of(_ command: any Command.Type) -> String {
        var lines = heading("TICKRUN\\-\(command.name.uppercased())", "tickrun\\-\(command.name)", command.summary)
        lines += [".SH SYNOPSIS", ".B tickrun \(escaped(command.name))"]
        if !command.operands.isEmpty { lines.append(escaped(command.operands)) }
        lines += ["[options]", ".SH DESCRIPTION"]
        lines += text(command.discussion)
        lines.append(".SH OPTIONS")
        for (group, options) in (command.options + [.help]).byGroup {
            if let group { lines.append(".SS \(escaped(group.prefix(1).uppercased() + group.dropFirst()))") }
            for option in options {
                lines += [".TP", ".B \(escaped(option.spelling))"]
                lines += filled(option.help.split(separator: "\n").joined(separator: " "))
            }
        }
        lines += examples(command.examples)
        lines += [".SH SEE ALSO", ".BR tickrun (1)"]
        return lines.joined(separator: "\n")
    }

    private static func heading(_ title: String, _ name: String, _ summary: String) -> [String] {
        [
            ".\\\" Printed by 'tickrun manual'.",
            ".TH \(title) 1 \"\(Help.versionDate)\" \"tickrun \(Help.version)\" \"TickScheduler\"",
            ".SH NAME", "\(name) \\- \(escaped(summary))",
        ]
    }

    /// Paragraphs. The lines of a paragraph are filled again, except in one that is aligned by hand, where each line
    /// stays as it is.
    private static func text(_ paragraphs: String) -> [String] {
        var lines: [String] = []
        for (place, paragraph) in paragraphs.split(separator: "\n\n").enumerated() {
            if place > 0 { lines.append(".PP") }
            let own = paragraph.split(separator: "\n").map(String.init)
            if own.contains(where: { $0.contains("  ") }) {
                lines += [".nf"] + own.map { escaped($0) } + [".fi"]
            } else {
                lines += filled(own.joined(separator: " "))
            }
        }
        return lines
    }

    /// Lines of at most 80 bytes, broken between words.
    private static func filled(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            let candidate = lines.last.map { "\($0) \(escaped(word, startsLine: false))" }
            if let candidate, candidate.utf8.count <= 80 {
                lines[lines.count - 1] = candidate
            } else {
                lines.append(escaped(word))
            }
        }
        return lines
    }

    private static func examples(_ lines: [String]) -> [String] {
        [".SH EXAMPLES", ".nf"] + lines.map { escaped($0) } + [".fi"]
    }

    /// Escapes text for troff: a hyphen of a command line becomes a minus, a backslash stays a backslash, and no line
    /// begins a request.
    private static func escaped(_ text: some StringProtocol, startsLine: Bool = true) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "…": result += "..."
            case "±": result += "\\(+-"
            case "→": result += "\\(->"
            case "−": result += "\\(mi"
            default: result.append(character)
            }
        }
        return startsLine && (result.hasPrefix(".") || result.hasPrefix("'")) ? "\\&\(result)" : result
    }
}
