/// A command line: `--name value`, `--name=value`, and flags.
struct Arguments {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []

    /// - Parameters:
    ///   - valued: options that take a value.
    ///   - flags: options that take none.
    /// - Throws: `BenchError.usage` for anything else, and for an option given twice.
    init(_ arguments: some Sequence<String>, valued: Set<String>, flags known: Set<String> = []) throws(BenchError) {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if known.contains(argument) {
                flags.insert(argument)
            } else if valued.contains(name) {
                guard let value = parts.count == 2 ? String(parts[1]) : rest.next() else {
                    throw .usage("\(name) needs a value")
                }
                guard values.updateValue(value, forKey: name) == nil else { throw .usage("\(name) is given twice") }
            } else {
                let options = valued.union(known).sorted().joined(separator: ", ")
                throw .usage("\(argument) is not an option of this subcommand; its options are \(options)")
            }
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func string(_ name: String) -> String? { values[name] }

    /// The option's whole number, or `standard` without the option.
    ///
    /// - Throws: `BenchError.usage` for anything but a number in `range`. The error states the reason for the range.
    func integer(
        _ name: String, in range: ClosedRange<Int>, or standard: Int, because: String
    ) throws(BenchError) -> Int {
        guard let text = values[name] else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw .usage("\(name) \(text): give \(range.lowerBound) ... \(range.upperBound); \(because)")
        }
        return value
    }
}
