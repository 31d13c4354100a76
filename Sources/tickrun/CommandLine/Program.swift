import ChannelRun
import Glibc
import TickLinux

/// From the words of the command line to an exit code.
enum Program {
    static func main(_ words: [String]) -> ExitCode {
        prepareProcess()
        Commentary.speak(as: RunProgram.tickrun.name)
        do {
            return try dispatch(words)
        } catch {
            for message in error.messages { Commentary.say(message) }
            return error.exitCode
        }
    }

    private static func dispatch(_ words: [String]) throws(RunFailure) -> ExitCode {
        guard let first = words.first else {
            throw RunFailure.usage("nothing to do; 'tickrun RATE' runs a frame rate, 'tickrun --help' explains more")
        }
        switch first {
        case "--help", "-h":
            return try show(Help.overview)
        case "--version":
            return try run(VersionCommand.self, [])
        case "help":
            return try help(Array(words.dropFirst()))
        default:
            if let command = CommandTable.named(first) {
                return try run(command, Array(words.dropFirst()))
            }
            // Without a command's name it is `run`, unless the first word cannot be a rate, a
            // profile or an option: then it is a command mistyped.
            if looksLikeCommand(first) { throw CommandTable.unknown(first) }
            return try run(RunCommand.self, words)
        }
    }

    private static func run(_ command: any Command.Type, _ words: [String]) throws(RunFailure) -> ExitCode {
        // Asking for help is never a mistake, even if the rest of the line is wrong.
        if words.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            return try show(Help.of(command))
        }
        return try command.run(Arguments(words, for: command))
    }

    private static func help(_ words: [String]) throws(RunFailure) -> ExitCode {
        let names = words.filter { $0 != "--help" && $0 != "-h" }
        guard let name = names.first else { return try show(Help.overview) }
        if names.count > 1 {
            throw RunFailure.usage("unexpected argument '\(names[1])'; 'tickrun help COMMAND' takes one command")
        }
        if name == "help" { return try show(Help.overview) }
        return try show(Help.of(CommandTable.require(name)))
    }

    private static func show(_ text: String) throws(RunFailure) -> ExitCode {
        try Output.writing { output throws(RunFailure) in
            try output.paragraphs(text, command: RunProgram.tickrun.name)
        }
        return .good
    }

    private static func looksLikeCommand(_ word: String) -> Bool {
        let isWord = word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || $0 == 0x2D }
        let isFile = unsafe access(word, F_OK) == 0
        return isWord && !word.hasPrefix("-") && !isFile
    }

    /// A broken pipe and a file at its limit are errors of `write` (EPIPE, EFBIG), not the end of the process; the
    /// signals that end a process end it. And a standard descriptor that is closed must stay unusable: without
    /// this the next file opened would take its number, and a report would be written into it.
    private static func prepareProcess() {
        FatalSignals.endProcess()
        FatalSignals.unblock()
        _ = signal(SIGPIPE, SIG_IGN)
        _ = signal(SIGXFSZ, SIG_IGN)
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
        where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            // The lowest free number is this one: those below it have just been seen open. Opened
            // the wrong way round, so that reading from 0 and writing to 1 and 2 fail with EBADF.
            _ = unsafe open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY))
        }
    }
}
