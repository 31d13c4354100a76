import ChannelRun
import TickLinux
import TickReports

/// The version of this tickrun.
enum VersionCommand: Command {
    static let name = "version"
    static let summary = "print the version"
    static let operands = ""
    static let discussion = """
        Prints the version. With --json, one object: version, build (release or debug) and
        architecture.
        """
    static let options: [CommandOption] = [.json]
    static let examples = ["tickrun version", "tickrun version --json"]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 0)
        try Output.writing { output throws(RunFailure) in
            guard arguments.wantsJSON else { return try output.line("tickrun \(Help.version)") }
            var json = JSONText()
            json.object { json in
                json.member("schema", "tickrun/version/1")
                json.member("version", Help.version)
                json.member("build", build)
                json.member("architecture", HostUser.machine)
            }
            try output.line(json)
        }
        return .good
    }

    private static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }
}
