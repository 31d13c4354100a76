// The text format of `leap-seconds.list`, as IERS publishes it and tzdata installs it:
//
//     #$ 3960835200            when it was updated
//     #@ 3991593600            when it expires
//     2272060800  10  # 1 Jan 1972
//     #h 49db2447 571e5e1b 2f002a53 9c8da8e4 39b8e49e
//
// Times are NTP seconds, counted from 1900-01-01, which is 2 208 988 800 s before 1970. Other lines
// that begin with # are comment.
//
// The #h line is a SHA-1 of the numbers. The parser checks its form and not its value: SHA-1 is not among the digests
// of this project, and a hash inside the file that it protects proves no origin. The checks of the list's structure
// find accidental damage: entries on midnights, ascending, each one second from the last, and an expiry after the
// update.

/// Why a `leap-seconds.list` was refused. Each description names the line and what is wrong with it.
public enum LeapSecondError: Error, Hashable, Sendable {
    /// Line `line` (from 1) does not have the form that its first word announces: `expected`.
    case malformedLine(line: Int, text: String, expected: String)
    /// The time of an entry is not a midnight, or not after the entry before.
    case entryOutOfOrder(line: Int, text: String)
    /// TAI − UTC differs from the previous entry by something other than one second.
    case impossibleOffset(line: Int, offset: Int64, previous: Int64)
    /// A time outside 1970-01-01 to 2200-01-01, or an offset of more than a day.
    case outOfRange(line: Int, text: String)
    /// A second `#@` or `#$` line.
    case repeated(line: Int, mark: String)
    /// There is no `#@` line, so the reader cannot know whether the list is current.
    case missingExpiry
    /// There is no entry.
    case noEntries
    /// The list expires before its last update.
    case expiresBeforeUpdate
}

extension LeapSecondError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedLine(let line, let text, let expected):
            "leap-seconds list, line \(line): \(quoted(text)) is not \(expected); \(Self.remedy)"
        case .entryOutOfOrder(let line, let text):
            "leap-seconds list, line \(line): the time of \(quoted(text)) is not a midnight after that of the entry "
                + "before; \(Self.remedy)"
        case .impossibleOffset(let line, let offset, let previous):
            "leap-seconds list, line \(line): TAI - UTC goes from \(previous) s to \(offset) s, but a leap second "
                + "changes it by 1 s; \(Self.remedy)"
        case .outOfRange(let line, let text):
            "leap-seconds list, line \(line): a number in \(quoted(text)) is out of range; \(Self.remedy)"
        case .repeated(let line, let mark):
            "leap-seconds list, line \(line): a second \(mark) line; \(Self.remedy)"
        case .missingExpiry:
            "leap-seconds list: no #@ line says when it expires; \(Self.remedy)"
        case .noEntries:
            "leap-seconds list: no entry such as \"3692217600 37\"; \(Self.remedy)"
        case .expiresBeforeUpdate:
            "leap-seconds list: it expires (#@) before its last update (#$); \(Self.remedy)"
        }
    }

    private static let remedy = "reinstall the list (tzdata), or remove it to use the built-in table"
}

extension LeapSecondTable {
    /// The table in the text of a `leap-seconds.list`.
    ///
    /// The parser checks the form of the `#h` line, five words of hexadecimal, but not the hash: see the top of this
    /// file.
    ///
    /// - Throws: `LeapSecondError`, which names the line.
    public init(parsingLeapSecondsList text: String) throws(LeapSecondError) {
        var (entries, updated, expires): ([Entry], UTCInstant?, UTCInstant?) = ([], nil, nil)
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let source = ListLine(number: number, text: line)
            switch source.mark {
            case "#$":
                guard updated == nil else { throw .repeated(line: number, mark: "#$") }
                updated = try source.instant()
            case "#@":
                guard expires == nil else { throw .repeated(line: number, mark: "#@") }
                expires = try source.instant()
            case "#h": try source.checkHash()
            default:
                if let entry = try source.entry(after: entries.last) { entries.append(entry) }
            }
        }
        guard !entries.isEmpty else { throw .noEntries }
        guard let expires else { throw .missingExpiry }
        if let updated, updated > expires { throw .expiresBeforeUpdate }
        self.init(entries: entries, updated: updated, expires: expires)
    }
}

/// One line of a list.
private struct ListLine {
    let number: Int
    let text: Substring

    /// The first word. `#$`, `#@` and `#h` must be whole words, so `#https://…` is a comment.
    var mark: Substring { text.prefix { !Self.isBlank($0) } }

    private static let secondsFrom1900To1970: Int64 = 2_208_988_800
    private static let longestOffset: Int64 = 86_400

    /// The instant of a `#$` or `#@` line.
    func instant() throws(LeapSecondError) -> UTCInstant {
        let words = Self.words(text.dropFirst(2))
        guard words.count == 1, Self.isNumber(words[0]) else {
            throw malformed("\"\(mark)\" and one count of NTP seconds")
        }
        return UTCInstant(nanoseconds: try posixSeconds(words[0]) * 1_000_000_000)
    }

    /// The entry of a data line; `nil` for a comment or an empty line.
    func entry(after previous: LeapSecondTable.Entry?) throws(LeapSecondError) -> LeapSecondTable.Entry? {
        let words = Self.words(text.prefix { $0 != "#" })
        if words.isEmpty { return nil }
        guard words.count == 2, words.allSatisfy(Self.isNumber) else {
            throw malformed("NTP seconds and TAI - UTC, as in \"3692217600 37\"")
        }
        let utcSeconds = try posixSeconds(words[0])
        guard let offset = Int64(words[1]), offset <= Self.longestOffset else { throw outOfRange }
        let isAfterPrevious = previous.map { $0.utcSeconds < utcSeconds } ?? true
        guard isAfterPrevious, utcSeconds % 86_400 == 0 else {
            throw .entryOutOfOrder(line: number, text: String(text))
        }
        if let previous, abs(offset - previous.offset) != 1 {
            throw .impossibleOffset(line: number, offset: offset, previous: previous.offset)
        }
        return LeapSecondTable.Entry(utcSeconds: utcSeconds, offset: offset)
    }

    /// Five words of up to eight hexadecimal digits: some publishers drop leading zeros.
    func checkHash() throws(LeapSecondError) {
        let words = Self.words(text.dropFirst(2))
        guard words.count == 5, words.allSatisfy({ $0.count <= 8 && $0.allSatisfy(\.isHexDigit) }) else {
            throw malformed("\"#h\" and five words of up to eight hexadecimal digits")
        }
    }

    /// POSIX seconds, within the years that are allowed for times from outside.
    private func posixSeconds(_ word: Substring) throws(LeapSecondError) -> Int64 {
        let greatest = AdmittedRange.utcNanoseconds.upperBound / 1_000_000_000
        guard let ntp = Int64(word) else { throw outOfRange }
        let (seconds, overflow) = ntp.subtractingReportingOverflow(Self.secondsFrom1900To1970)
        guard !overflow, (0...greatest).contains(seconds) else { throw outOfRange }
        return seconds
    }

    private func malformed(_ expected: String) -> LeapSecondError {
        .malformedLine(line: number, text: String(text), expected: expected)
    }

    private var outOfRange: LeapSecondError { .outOfRange(line: number, text: String(text)) }

    private static func words(_ text: Substring) -> [Substring] {
        text.split(whereSeparator: isBlank)
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// Only ASCII digits, no sign.
    private static func isNumber(_ word: Substring) -> Bool {
        word.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
