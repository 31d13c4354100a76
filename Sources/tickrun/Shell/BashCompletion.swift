// The completion for bash (3.2 or later). bash splits words at `=`, so `--wait=hy` arrives as three words.

enum BashCompletion {
    static var script: String {
        """
        # Completion of tickrun \(Help.version) for bash, printed by 'tickrun completion bash'.
        _tickrun() {
            local current=${COMP_WORDS[COMP_CWORD]} previous= command=run words= files= folders=
            COMPREPLY=()
            [ "$COMP_CWORD" -gt 0 ] && previous=${COMP_WORDS[COMP_CWORD - 1]}
            if [ "$current" = = ]; then
                current=
            elif [ "$previous" = = ] && [ "$COMP_CWORD" -gt 1 ]; then
                previous=${COMP_WORDS[COMP_CWORD - 2]}
            fi
            if [ "$COMP_CWORD" -gt 1 ]; then
                case ${COMP_WORDS[1]} in
                    \(CommandTable.all.map { $0.name }.joined(separator: "|"))|help) command=${COMP_WORDS[1]} ;;
                esac
            fi
            case "$command $previous" in
        \(values)
            *)
                case "$command" in
        \(commands)
                esac
                if [ "$COMP_CWORD" -eq 1 ]; then
                    words="$words \(CommandTable.all.map { $0.name }.joined(separator: " ")) help --help --version"
                fi
                ;;
            esac
            if [ -n "$files" ]; then
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
            elif [ -n "$folders" ]; then
                compopt -o filenames 2>/dev/null
                COMPREPLY=($(compgen -d -- "$current"))
            else
                COMPREPLY=($(compgen -W "$words" -- "$current"))
            fi
        }
        complete -F _tickrun tickrun
        """
    }

    /// A case for each option that takes a value.
    private static var values: String {
        var lines: [String] = []
        for command in CommandTable.all {
            for option in command.options {
                // An optional value stands only after `=`. Without `=` the next word is another argument.
                guard option.placeholder != nil else { continue }
                let completion = CompletionWords(of: option)
                lines.append(
                    "    \"\(command.name) \(option.name)\") \(assignments(completion, extra: [])) ;;")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// A case for each command: its options and operands.
    private static var commands: String {
        var lines = CommandTable.all.map { command in
            let options = command.options.map(\.name) + ["--help"]
            return
                "        \(command.name)) \(assignments(CompletionWords(operandsOf: command), extra: options)) ;;"
        }
        lines.append("        help) words=\"\(CommandTable.all.map { $0.name }.joined(separator: " "))\" ;;")
        return lines.joined(separator: "\n")
    }

    private static func assignments(_ completion: CompletionWords, extra: [String]) -> String {
        var parts = ["words=\"\((completion.words + extra).joined(separator: " "))\""]
        if completion.hasFiles { parts.append("files=1") }
        if completion.hasFolders { parts.append("folders=1") }
        return parts.joined(separator: " ")
    }
}
