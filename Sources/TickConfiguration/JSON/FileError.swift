/// Why a file was refused: the file, and for each fault its place and the remedy.
public struct FileError: Error, Hashable, Sendable {
    /// What sort of refusal this is.
    public enum Kind: Hashable, Sendable {
        /// The file could not be opened or read.
        case unreadable
        /// The file may not be read: a permission is missing.
        case forbidden
        /// The file is not JSON text.
        case syntax
        /// The file is JSON, but not what it must be, such as a profile that can be run.
        case content
    }

    /// One fault.
    public struct Problem: Hashable, Sendable {
        /// Where in the document: `sessions[1].rate`; empty for the file as a whole.
        public let path: String
        /// Where in the file; `nil` for a file as a whole and for a profile made in code.
        public let position: SourcePosition?
        /// What is wrong, naming what was found.
        public let fault: String
        /// What to write instead, or to do; empty where `fault` ends with it.
        public let remedy: String

        public init(path: String = "", position: SourcePosition? = nil, fault: String, remedy: String) {
            self.path = path
            self.position = position
            self.fault = fault
            self.remedy = remedy
        }
    }

    /// The most faults that one error lists; what lies beyond is counted.
    public static let problemLimit = 20

    public let kind: Kind
    /// The file, as the caller named it.
    public let file: String
    /// The faults, in the order of the file; at least one, at most `problemLimit`.
    public let problems: [Problem]
    /// How many further faults were found and are not listed.
    public let unlistedCount: Int

    public init(kind: Kind, file: String, problems: [Problem], unlistedCount: Int = 0) {
        precondition(!problems.isEmpty, "a file is refused for at least one problem")
        self.kind = kind
        self.file = file
        self.problems = problems
        self.unlistedCount = unlistedCount
    }
}

/// A line and a column, both counted from 1; the column in Unicode scalars.
public struct SourcePosition: Hashable, Sendable {
    public let line: Int
    public let column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The position of byte `offset` of `bytes`.
    init(ofByte offset: Int, in bytes: [UInt8]) {
        let before = bytes[..<min(offset, bytes.count)]
        let newline = UInt8(ascii: "\n")
        let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
        line = 1 + before.count { $0 == newline }
        // Every scalar has one byte that is not a continuation byte (10xxxxxx).
        column = 1 + before[lineStart...].count { $0 & 0b1100_0000 != 0b1000_0000 }
    }
}

/// One line a fault, in the form that editors jump to:
/// `FILE:LINE:COLUMN: PATH: fault; remedy`.
extension FileError: CustomStringConvertible {
    public var description: String {
        var lines = problems.map { problem in
            var place = excerptOfPath(file)
            if let position = problem.position { place += ":\(position.line):\(position.column)" }
            if !problem.path.isEmpty { place += ": \(problem.path)" }
            return "\(place): " + [problem.fault, problem.remedy].filter { !$0.isEmpty }.joined(separator: "; ")
        }
        if unlistedCount > 0 { lines.append("\(excerptOfPath(file)): and \(unlistedCount) more") }
        return lines.joined(separator: "\n")
    }

    /// The whole path, so that it stays usable, with its control characters escaped.
    private func excerptOfPath(_ path: String) -> String {
        path.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }
}
