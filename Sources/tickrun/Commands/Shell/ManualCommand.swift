import ChannelRun
import TickLinux

/// Manual pages, made from the descriptions of the commands.
enum ManualCommand: Command {
    static let name = "manual"
    static let summary = "print a manual page"
    static let operands = "[COMMAND]"
    static let discussion = """
        Prints the manual page of tickrun, or of one command, in the man(7) form that man reads.
        It is made from the same descriptions as the help. With --output, writes all pages into a
        folder: tickrun.1, tickrun-run.1 and so on; files of these names are replaced.
        """
    static let options = [CommandOption("--output", .required("FOLDER"), "write every page into this folder")]
    static let examples = ["tickrun manual", "tickrun manual run"]

    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode {
        try arguments.refuseOperands(after: 1)
        if let folder = arguments.text("--output") {
            guard arguments.operands.isEmpty else { throw arguments.failure("give COMMAND or --output, not both") }
            try write("tickrun.1", ManualPage.overview, folder)
            for command in CommandTable.all { try write("tickrun-\(command.name).1", ManualPage.of(command), folder) }
            return .good
        }
        let command = try arguments.operands.first.map { (name) throws(RunFailure) in try CommandTable.require(name) }
        try Output.print(command.map { ManualPage.of($0) } ?? ManualPage.overview)
        return .good
    }

    private static func write(_ name: String, _ page: String, _ folder: String) throws(RunFailure) {
        do throws(SystemError) {
            try SystemFile.replace("\(folder)/\(name)", Array((page + "\n").utf8), isPrivate: false)
        } catch {
            let remedy = OutputFile.remedy(after: error, else: "name a folder that exists and can be written")
            throw RunFailure(error, "--output: \(error); \(remedy)")
        }
    }
}
