import ChannelRun
import TickConfiguration

/// One command of `tickrun`: its help, its options and operands, and its work.
protocol Command: SendableMetatype {
    static var name: String { get }
    /// One line for the list of commands.
    static var summary: String { get }
    /// The operands, as the usage line shows them: `RATE FRAME|LABEL…`.
    static var operands: String { get }
    /// What the command does and prints, in lines of at most 90 columns.
    static var discussion: String { get }
    static var options: [CommandOption] { get }
    /// Command lines that work unchanged, from the folder of the package.
    static var examples: [String] { get }

    /// Does the work: results on standard output, commentary on standard error.
    static func run(_ arguments: Arguments) throws(RunFailure) -> ExitCode
}

/// An option that a command understands.
struct CommandOption {
    enum Value: Equatable {
        /// A flag: the option takes no value.
        case none
        /// `--name VALUE` or `--name=VALUE`; the text is the name of the value in help.
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
    /// The heading under which help lists it; `nil` for those that come first.
    private(set) var group: String?
    /// Another name that works too, and that help does not list.
    private(set) var alias: String?

    init(_ name: String, _ value: Value = .none, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }

    /// The same option, which also answers to an earlier name.
    func called(_ alias: String) -> CommandOption {
        var option = self
        option.alias = alias
        return option
    }

    /// The same option under a heading.
    func inGroup(_ group: String) -> CommandOption {
        var option = self
        option.group = group
        return option
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

    /// The value's name in help; `nil` for a flag.
    var placeholder: String? {
        switch value {
        case .none: nil
        case .required(let text), .optional(let text), .detachable(let text): text
        }
    }

    static let json = CommandOption("--json", .none, "print one JSON object a line")
    static let help = CommandOption("--help", .none, "print this help")
    static let color = CommandOption(
        "--color", .required("auto|always|never"), "colour (default auto: on a terminal,\nunless NO_COLOR is set)")
}

extension [CommandOption] {
    /// The options under a heading.
    func inGroup(_ group: String) -> [CommandOption] { map { $0.inGroup(group) } }

    /// Those of one heading side by side, headings in the order in which they first appear.
    var byGroup: [(group: String?, options: [CommandOption])] {
        var groups: [(group: String?, options: [CommandOption])] = [(nil, filter { $0.group == nil })]
        for option in self {
            guard let group = option.group, !groups.contains(where: { $0.group == group }) else { continue }
            groups.append((group, filter { $0.group == group }))
        }
        return groups.filter { !$0.options.isEmpty }
    }
}

/// Every command, in the order in which help lists them.
enum CommandTable {
    static let all: [any Command.Type] = [
        RunCommand.self, HostCommand.self, ProfileCommand.self, PlanCommand.self, DeadlinesCommand.self,
        TimecodeCommand.self, FenceCommand.self, AlignCommand.self, ReplayCommand.self, JournalCommand.self,
        SimulateCommand.self, KeyCommand.self, ConfigCommand.self, NodeCommand.self, AgentCommand.self,
        StationCommand.self, ChannelCommand.self, TimeCommand.self, HouseCommand.self, CheckCommand.self,
        ManifestCommand.self, ReportCommand.self, CompletionCommand.self, ManualCommand.self, VersionCommand.self,
    ]

    static func named(_ name: String) -> (any Command.Type)? {
        all.first { $0.name == name }
    }

    /// - Throws: usage, with the nearest command's name.
    static func require(_ name: String) throws(RunFailure) -> any Command.Type {
        if let command = named(name) { return command }
        throw unknown(name)
    }

    static func unknown(_ name: String) -> RunFailure {
        let suggestion = NearestSpelling.suggestion(for: name, among: all.map { $0.name } + ["help"])
        return .usage("unknown command '\(name)'\(suggestion); 'tickrun --help' lists the commands")
    }
}
