// What can be completed after an option or as an operand, read from the spelling that help shows: `on|off` are two
// words, FILE is a file, FOLDER is a folder, and of N or TIME nothing is known. So a completion cannot differ from help.

/// What a shell can offer at one place of a command line.
struct CompletionWords: Equatable {
    /// Words that stand for themselves.
    var words: [String] = []
    var hasFiles = false
    var hasFolders = false

    /// Placeholders whose value is a file.
    private static let files: Set = [
        "FILE", "FILES", "PATH", "PROFILE", "CLUSTER", "JOURNAL", "RESULT",
    ]
    private static let folders: Set = ["FOLDER"]

    init() {}

    /// - Parameter placeholder: as in help: `on|off`, `FILE|now`, `verify|cat|stat JOURNAL`.
    init(placeholder: String) {
        let parts = placeholder.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init)
        for part in parts {
            if Self.files.contains(part) {
                hasFiles = true
            } else if Self.folders.contains(part) {
                hasFolders = true
            } else if part.contains(where: \.isLowercase) {
                words.append(part)
            }
        }
    }

    /// Of an option's value.
    init(of option: CommandOption) { self.init(placeholder: option.placeholder ?? "") }

    /// Of a command's operands. RATE also takes the names of the usual rates.
    init(operandsOf command: any Command.Type) {
        self.init(placeholder: command.operands)
        if command.operands.contains("RATE") { words += Self.rates }
    }

    /// The rates that a plant uses.
    static let rates = ["23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "119.88"]
}
