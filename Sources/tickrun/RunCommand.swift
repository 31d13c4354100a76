/// Runs a profile or a rate on the real clock.
enum RunCommand: Command {
    static let name = "run"
    static let summary = "run a profile or a frame rate on the real clock (the default command)"
    static let operands = "PROFILE|RATE"
    static let discussion = "Ticks at a frame rate, and reports how late the ticks were."
    static let options: [CommandOption] = [
        CommandOption("--json", .optional("summary"), "one JSON object a tick and a summary; or the summary alone")
    ]
    static let examples = ["tickrun 59.94 --duration 10s"]

    static func run(_ arguments: Arguments) throws -> ExitCode {
        throw CommandFailure(exitCode: .unavailable, message: "this build has no tick loop")
    }
}
