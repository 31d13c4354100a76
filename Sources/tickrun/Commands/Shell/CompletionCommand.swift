import ChannelRun
/// Completion scripts for shells, made from the descriptions of the commands.
enum CompletionCommand: Command {
    enum Shell: String, CaseIterable {
        case bash
        case zsh
        case fish
    }

    static let name = "completion"
    static let summary = "print the completion script for a shell"
    static let operands = "bash|zsh|fish"
    static let discussion = """
        Prints a script that completes tickrun's commands, options, their values, and files. It is
        made from the same descriptions as the help, so it is always that of this tickrun.

        bash: tickrun completion bash > ~/.local/share/bash-completion/completions/tickrun
        zsh:  tickrun completion zsh > _tickrun, in a folder of $fpath
        fish: tickrun completion fish > ~/.config/fish/completions/tickrun.fish
        """
    static let options: [CommandOption] = []
    static let examples = ["tickrun completion bash"]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let shell: Shell = try arguments.word(0)
        try arguments.refuseOperands(after: 1)
        let script =
            switch shell {
            case .bash: BashCompletion.script
            case .zsh: ZshCompletion.script
            case .fish: FishCompletion.script
            }
        try Output.print(script)
        return .good
    }
}
