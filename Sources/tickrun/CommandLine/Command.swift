import ChannelRun

/// One command of `tickrun`: what its help says, what its command line may hold, and what it does.
protocol Command: SendableMetatype {
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// The operands, as the usage line shows them: `RATE FRAME|LABEL…`.
    static var operands: String { get }
    /// What the command does and prints, in lines of at most 90 columns.
    static var discussion: String { get }
    static var options: [CommandOption] { get }
    /// Command lines that work as they stand, from the folder of the package.
    static var examples: [String] { get }

    /// Does the work: results on standard output, commentary on standard error.
    static func run(_ arguments: Arguments) throws -> ExitCode
}

/// An option that a command understands.
struct CommandOption {
    enum Value: Equatable {
        /// A flag: the option stands alone.
        case none
        /// `--name VALUE` or `--name=VALUE`; the text is how help calls the value.
        case required(String)
        /// `--name` or `--name=VALUE`, never the next argument.
        case optional(String)
        /// `--name`, `--name VALUE` or `--name=VALUE`: the next argument, unless it is an option or there is none.
        case detachable(String)
    }

    /// With its dashes: `--from`.
    let name: String
    let value: Value
    let help: String

    init(_ name: String, _ value: Value = .none, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }

    /// How help shows the option: `--from N`, `--json[=summary]`.
    var spelling: String {
        switch value {
        case .none: name
        case .required(let placeholder): "\(name) \(placeholder)"
        case .optional(let placeholder): "\(name)[=\(placeholder)]"
        case .detachable(let placeholder): "\(name) [\(placeholder)]"
        }
    }

    static let json = CommandOption("--json", .none, "print one JSON object a line")
    static let help = CommandOption("--help", .none, "print this help")
}

/// Every command, in the order in which help lists them.
enum CommandTable {
    static let all: [any Command.Type] = [
        RunCommand.self, HostCommand.self, ProfileCommand.self, PlanCommand.self, DeadlinesCommand.self,
        TimecodeCommand.self, FenceCommand.self, AlignCommand.self, ReplayCommand.self, JournalCommand.self,
        SimulateCommand.self, KeyCommand.self, ConfigCommand.self, NodeCommand.self, TimeCommand.self,
        CheckCommand.self, ManifestCommand.self, ReportCommand.self,
    ]

    static func named(_ name: String) -> (any Command.Type)? {
        all.first { $0.name == name }
    }

    /// - Throws: usage, with the nearest command's name.
    static func require(_ name: String) throws -> any Command.Type {
        if let command = named(name) { return command }
        throw unknown(name)
    }

    static func unknown(_ name: String) -> CommandFailure {
        let suggestion = NearestSpelling.suggestion(for: name, among: all.map { $0.name } + ["help"])
        return .usage("unknown command '\(name)'\(suggestion); 'tickrun --help' lists the commands")
    }
}
