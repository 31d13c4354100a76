// The completion for zsh, by its own _arguments and _describe.

enum ZshCompletion {
    static var script: String {
        """
        #compdef tickrun
        # Completion of tickrun \(Help.version) for zsh, printed by 'tickrun completion zsh'.
        _tickrun() {
            local -a commands
            commands=(
        \(CommandTable.all.map { "        \(quoted("\($0.name):\($0.summary)"))" }.joined(separator: "\n"))
            )
            local command=run first=${words[2]}
            if (( CURRENT == 2 )); then
                _describe 'command' commands
            elif (( ${commands[(I)$first:*]} )); then
                command=$first
                shift words
                (( CURRENT-- ))
            fi
            case $command in
        \(CommandTable.all.map { arguments($0) }.joined(separator: "\n"))
            esac
        }
        _tickrun "$@"
        """
    }

    private static func arguments(_ command: any Command.Type) -> String {
        var lines = (command.options + [.help]).map { "            \(quoted(specification($0)))" }
        lines.append("            \(quoted("*:operand:\(action(CompletionWords(operandsOf: command)))"))")
        return """
                \(command.name))
                    _arguments \\
            \(lines.joined(separator: " \\\n"))
                    ;;
            """
    }

    private static func specification(_ option: CommandOption) -> String {
        let help = "[\(escaped(option.help))]"
        let completion = CompletionWords(of: option)
        switch option.value {
        case .none: return "\(option.name)\(help)"
        case .required(let text): return "\(option.name)=\(help):\(escaped(text)):\(action(completion))"
        case .optional(let text): return "\(option.name)=-\(help)::\(escaped(text)):\(action(completion))"
        case .detachable(let text): return "\(option.name)=\(help)::\(escaped(text)):\(action(completion))"
        }
    }

    private static func action(_ completion: CompletionWords) -> String {
        if completion.hasFolders { return "_files -/" }
        if completion.hasFiles, completion.words.isEmpty { return "_files" }
        if completion.hasFiles {
            return " _alternative \"words:word:(\(completion.words.joined(separator: " ")))\" \"files:file:_files\""
        }
        return completion.words.isEmpty ? " " : "(\(completion.words.joined(separator: " ")))"
    }

    /// Without the characters that separate the parts of a specification.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "[", "]", ":", "\\": result += "\\\(character)"
            case "\n": result += " "
            default: result.append(character)
            }
        }
        return result
    }

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
