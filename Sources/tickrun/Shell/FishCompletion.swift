// The completion for fish: one `complete` for each command, option and operand.

enum FishCompletion {
    static var script: String {
        let names = CommandTable.all.map { $0.name }.joined(separator: " ")
        var lines = [
            "# Completion of tickrun \(Help.version) for fish, printed by 'tickrun completion fish'.",
            "complete -c tickrun -f",
            "complete -c tickrun -n __fish_use_subcommand -F",
        ]
        for command in CommandTable.all {
            lines.append(
                "complete -c tickrun -n __fish_use_subcommand -a \(command.name) -d \(quoted(command.summary))")
        }
        for command in CommandTable.all {
            // Without a command's name it is `run`.
            let seen =
                command.name == RunCommand.name
                ? "not __fish_seen_subcommand_from \(names) help; or __fish_seen_subcommand_from run"
                : "__fish_seen_subcommand_from \(command.name)"
            let condition = "complete -c tickrun -n \(quoted(seen))"
            for option in command.options + [.help] {
                lines.append(
                    "\(condition) -l \(option.name.dropFirst(2))\(value(of: option)) -d \(quoted(line(option.help)))")
            }
            let operands = CompletionWords(operandsOf: command)
            if operands.hasFiles { lines.append("\(condition) -F") }
            if !operands.words.isEmpty {
                lines.append("\(condition) -a \(quoted(operands.words.joined(separator: " ")))")
            }
        }
        lines.append("complete -c tickrun -n '__fish_seen_subcommand_from help' -a \(quoted(names))")
        return lines.joined(separator: "\n")
    }

    private static func value(of option: CommandOption) -> String {
        guard option.placeholder != nil else { return "" }
        let completion = CompletionWords(of: option)
        // -r: the next word is its value. An optional one follows `=`, and needs no -r.
        var text = if case .required = option.value { " -r" } else { "" }
        text += completion.hasFiles || completion.hasFolders ? " -F" : " -f"
        if !completion.words.isEmpty { text += " -a \(quoted(completion.words.joined(separator: " ")))" }
        return text
    }

    private static func line(_ help: String) -> String {
        help.split(separator: "\n").joined(separator: " ")
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] }
        return "'\(String(escaped))'"
    }
}
