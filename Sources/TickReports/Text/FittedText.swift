// Text that must fit a width. A number without its last digits or its unit is another number, so a cut never falls
// inside a number: a number that does not fit is replaced by `…`.

/// Cuts text to a width, but never inside a number or its unit.
package enum FittedText {
    /// The unit after a number, with or without a space between.
    private static let units: Set<String> = [
        "ns", "us", "µs", "ms", "s", "min", "h", "d", "ppm", "ppb", "%", "fps", "Hz", "kHz", "MHz", "GHz", "x", "B",
        "KiB", "MiB", "GiB",
    ]
    /// Characters that join digits into one number, timecode, date or rate.
    private static let joints: Set<Character> = [".", ",", ":", ";", "/", "-", "T", "'"]

    /// `text` if it has at most `width` characters; otherwise as much of its beginning as fits before a `…`.
    package static func fitted(_ text: String, to width: Int) -> String {
        guard text.count > width else { return text }
        guard width > 0 else { return "" }
        let characters = Array(text)
        var kept = width - 1
        if let number = numbers(in: characters).first(where: { $0.lowerBound < kept && kept < $0.upperBound }) {
            kept = number.lowerBound
        }
        while kept > 0, characters[kept - 1] == " " { kept -= 1 }
        return String(characters[..<kept]) + "…"
    }

    /// A cell of a table that holds one number: whole, or `…` in its place.
    package static func number(_ text: String, in width: Int) -> String {
        text.count <= width ? text : String("…".prefix(max(0, width)))
    }

    /// The places of the numbers, each with its sign and its unit.
    private static func numbers(in text: [Character]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < text.count {
            guard text[place].isNumber else {
                place += 1
                continue
            }
            var (begin, end) = (place, place + 1)
            let isSigned = begin > 0 && ["-", "+", "±", "×"].contains(text[begin - 1])
            if isSigned, begin == 1 || !text[begin - 2].isLetter && !text[begin - 2].isNumber { begin -= 1 }
            while end < text.count {
                if text[end].isNumber {
                    end += 1
                } else if joints.contains(text[end]), end + 1 < text.count, text[end + 1].isNumber {
                    end += 2
                } else {
                    break
                }
            }
            end = endOfUnit(in: text, after: end)
            found.append(begin..<end)
            place = end
        }
        return found
    }

    private static func endOfUnit(in text: [Character], after number: Int) -> Int {
        let begin = number < text.count && text[number] == " " ? number + 1 : number
        var end = begin
        while end < text.count, text[end].isLetter || text[end] == "%" { end += 1 }
        return units.contains(String(text[begin..<end])) ? end : number
    }
}
