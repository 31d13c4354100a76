// A rate as people write it, with its suffix.
//
//     50p       frames, not fields          29.97df     drop-frame labels
//     30fps     frames per second           29.97ndf    non-drop labels
//
// A suffix never changes the rate. `df` and `ndf` select the labels in a command or a profile that has labels;
// elsewhere they have no effect.

/// A frame rate, and which labels its spelling asks for.
package struct RateSpelling: Hashable, Sendable {
    package let rate: FrameRate
    /// Drop-frame labels (`df`) or non-drop ones (`ndf`); `nil` where the spelling leaves it open.
    package let isDropFrame: Bool?

    /// - Throws: as `FrameRate.init(parsing:)`.
    package init(parsing text: String) throws(FrameRateError) {
        let (number, suffix) = Self.split(text)
        switch suffix.lowercased() {
        case "", "p", "fps": isDropFrame = nil
        case "df": isDropFrame = true
        case "ndf": isDropFrame = false
        default: throw .malformed(spelling: text)
        }
        rate = try FrameRate(number: number, spelling: text)
        guard isDropFrame != nil else { return }
        guard TimecodeFormat.allowsLabels(rate) else { throw .noLabels(spelling: text, rate: rate) }
        if isDropFrame == true, !TimecodeFormat.allowsDropFrame(rate) { throw .noDropFrame(spelling: text, rate: rate) }
    }

    /// The digits with their `.` or `/`, and the ASCII letters behind them.
    private static func split(_ text: String) -> (number: Substring, suffix: Substring) {
        let isLetter: (UInt8) -> Bool = { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
        let end = text.utf8.lastIndex { !isLetter($0) }.map { text.utf8.index(after: $0) } ?? text.startIndex
        return (text[..<end], text[end...])
    }

    /// Whether `text` looks like a rate rather than like a file name: it begins with a digit, and contains only
    /// digits, one mark between them and possibly a suffix, valid or not.
    package static func resembles(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x30...0x39).contains(first) else { return false }
        let (number, suffix) = split(text)
        let marks = Array(".,/: ".utf8)
        return suffix.utf8.count <= 4 && number.utf8.allSatisfy { (0x30...0x39).contains($0) || marks.contains($0) }
    }

    /// The most likely correct spelling of a malformed rate: with a point for a comma, without white space, and
    /// without an unknown suffix (`29,97`, `25 fps`, `60hz`).
    static func likely(_ text: String) -> String? {
        guard text.utf8.count <= 40 else { return nil }
        let tidy = String(text.filter { !$0.isWhitespace }.map { $0 == "," ? "." : $0 })
        let (number, _) = split(tidy)
        let bare = number.hasSuffix(".") ? number.dropLast() : number
        return [tidy, String(bare)].first { $0 != text && (try? RateSpelling(parsing: $0)) != nil }
    }
}
