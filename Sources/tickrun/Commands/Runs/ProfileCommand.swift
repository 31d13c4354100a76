import ChannelRun
import TickConfiguration
import TickReports

/// Checks profiles, and explains them.
enum ProfileCommand: Command {
    static let name = "profile"
    static let summary = "check profiles and explain what they ask for"
    static let operands = "FILE…"
    static let discussion = """
        Reads each profile and prints what a run of it would do. If a profile is wrong, prints
        each fault with its place in the file and the remedy. FILE may be /dev/stdin.

        Exits with 65 if a profile is wrong, 69 if one cannot be read, else 0; with several files,
        the highest of their codes.

        With --json, one object a file: file, valid, name, session_count, problems (each with
        path, line, column, fault, remedy).
        """
    static let options: [CommandOption] = [
        CommandOption("--schema", .none, "print the JSON Schema of the format, for editors"),
        .json,
    ]
    static let examples = [
        "tickrun profile Fixtures/profiles/ntsc-59.94.json",
        "tickrun profile --json Fixtures/profiles/pal-25.json Fixtures/profiles/multi-rate.json",
        "tickrun profile --schema",
    ]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        if arguments.has("--schema") {
            try arguments.refuseOperands(after: 0)
            try Output.print(Profile.jsonSchema)
            return .good
        }
        _ = try arguments.operand(0, called: "FILE")
        for file in arguments.operands { try arguments.refuseRate(file) }
        return try Output.writing { output throws(RunFailure) in
            var exitCode = ExitCode.good
            for file in arguments.operands {
                let profile: Profile
                do throws(FileError) { profile = try Profile(contentsOfFile: file) } catch {
                    if error.exitCode.rawValue > exitCode.rawValue { exitCode = error.exitCode }
                    try output.report(error, asJSON: arguments.wantsJSON)
                    continue
                }
                try output.report(profile, file: file, asJSON: arguments.wantsJSON)
            }
            return exitCode
        }
    }
}

extension Output {
    fileprivate mutating func report(_ profile: Profile, file: String, asJSON: Bool) throws(RunFailure) {
        guard asJSON else { return try row("\(file): \(profile.explanation)") }
        var json = JSONText()
        json.object {
            $0.member("schema", "tickrun/profile-check/1")
            $0.member("file", file)
            $0.member("valid", true)
            $0.member("name", profile.name)
            $0.member("session_count", profile.sessions.count)
            $0.array("problems") { _ in }
        }
        try line(json)
    }

    /// Faults are results here: in JSON they are on standard output, beside the good files; as text they
    /// go to standard error, where they go in every command.
    mutating func report(
        _ error: FileError, asJSON: Bool, schema: String = "tickrun/profile-check/1"
    ) throws(RunFailure) {
        guard asJSON else { return Commentary.say("\(error)") }
        var json = JSONText()
        json.object { json in
            json.member("schema", schema)
            json.member("file", error.file)
            json.member("valid", false)
            json.array("problems") { list in
                for problem in error.problems {
                    list.object {
                        $0.member("path", problem.path)
                        $0.member("line", problem.position?.line)
                        $0.member("column", problem.position?.column)
                        $0.member("fault", problem.fault)
                        $0.member("remedy", problem.remedy)
                    }
                }
            }
            json.member("unlisted_problems", error.unlistedCount)
        }
        try line(json)
    }
}
