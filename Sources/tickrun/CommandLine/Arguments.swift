import ChannelRun
import TickConfiguration

/// A command's arguments, sorted into operands and options.
///
/// `--name value` and `--name=value` mean the same. An optional value stands only after the equals sign. `--` ends the
/// options. An alias stands for its option. An option that the command does not know, that is given twice, or that
/// lacks its value is refused; the error names the command's help. A negative number is an operand, not an option.
struct Arguments {
    let command: any Command.Type
    let operands: [String]
    /// The given values, by the option's name; `""` for one without a value.
    private let values: [String: String]

    init(_ words: [String], for command: any Command.Type) throws(RunFailure) {
        var operands: [String] = []
        var values: [String: String] = [:]
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            guard word.hasPrefix("-"), word.count > 1, !Self.isNegativeNumber(word) else {
                operands.append(word)
                continue
            }
            let (name, attached) = Self.split(word)
            let option = try Self.option(name, of: command)
            guard values[option.name] == nil else {
                throw Self.failure("\(option.name) is given twice; give it once", command)
            }
            values[option.name] = try Self.value(of: option, attached: attached, rest: &rest, command)
        }
        self.command = command
        self.operands = operands
        self.values = values
    }

    private static func isNegativeNumber(_ word: String) -> Bool {
        word.utf8.dropFirst().first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    private static func split(_ word: String) -> (name: String, value: String?) {
        guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
        return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }

    private static func option(_ name: String, of command: any Command.Type) throws(RunFailure) -> CommandOption {
        let options = command.options + [.help]
        if name == "-h" { return .help }
        if name == "-o", let output = options.first(where: { $0.name == "--output" }) { return output }
        if let option = options.first(where: { $0.name == name || $0.alias == name }) { return option }
        let suggestion = NearestSpelling.suggestion(for: name, among: options.map(\.name))
        throw failure("unknown option '\(name)'\(suggestion)", command)
    }

    private static func value(
        of option: CommandOption, attached: String?, rest: inout ArraySlice<String>, _ command: any Command.Type
    ) throws(RunFailure) -> String {
        switch option.value {
        case .none:
            guard attached == nil else { throw failure("\(option.name) takes no value", command) }
            return ""
        case .optional:
            return attached ?? ""
        case .detachable:
            if let attached { return attached }
            guard let next = rest.first, !next.hasPrefix("-") else { return "" }
            rest.removeFirst()
            return next
        case .required(let placeholder):
            if let attached, !attached.isEmpty { return attached }
            if attached == nil, let next = rest.first, !next.isEmpty, !next.hasPrefix("--") {
                rest.removeFirst()
                return next
            }
            throw failure("\(option.name) needs a value: \(option.name) \(placeholder)", command)
        }
    }

    private static func failure(_ message: String, _ command: any Command.Type) -> RunFailure {
        .usage("\(message); see 'tickrun \(command.name) --help'")
    }

    /// A usage failure that names this command's help.
    func failure(_ message: String) -> RunFailure { Self.failure(message, command) }

    /// Refuses the first of the options that was given, because they need another one that was not.
    func refuse(_ options: [CommandOption], without needed: String) throws(RunFailure) {
        for option in options where has(option.name) {
            throw failure("\(option.name) belongs to \(needed); give both")
        }
    }
}

extension Arguments {
    /// Whether the option was given, with a value or without.
    func has(_ name: String) -> Bool { text(name) != nil }

    /// The value of an option: `""` if it was given without one, `nil` if it was not given.
    func text(_ name: String) -> String? {
        precondition(
            name == "--help" || command.options.contains { $0.name == name },
            "\(command.name) reads the option \(name), which it does not declare"
        )
        return values[name]
    }

    var wantsJSON: Bool { has("--json") }
}
