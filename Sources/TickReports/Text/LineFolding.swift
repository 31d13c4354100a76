/// Folds a line of a text table or a report at the width of a terminal.
///
/// The continued lines stand under the line's last column: where the text after the last gap of two or more spaces
/// in the first half of the width begins. A word that is longer than the room stays whole, so that a path or a command
/// can be copied.
package enum LineFolding {
    /// `line` in rows of at most `width` characters. Colour sequences take no room. `line` itself if it fits, or if
    /// `width` is below 20.
    package static func fold(_ line: String, width: Int) -> [String] {
        guard width >= 20, columns(line) > width else { return [line] }
        let indent = hangingIndent(line, width: width)
        let margin = String(repeating: " ", count: indent)
        var rows: [String] = [], row = "", used = 0, gap = ""
        for word in words(line) {
            if word.first == " " {
                gap = word
            } else {
                let room = used + gap.count + columns(word)
                if room > width, used > indent, used > 0 {
                    rows.append(row)
                    (row, used) = (margin + word, indent + columns(word))
                } else {
                    row += gap + word
                    used = room
                }
                gap = ""
            }
        }
        rows.append(row)
        return rows
    }

    /// Runs of spaces and runs of other characters, in turn.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        for character in line {
            if let last = words.last, (last.last == " ") == (character == " ") {
                words[words.count - 1].append(character)
            } else {
                words.append(String(character))
            }
        }
        return words
    }

    private static func hangingIndent(_ line: String, width: Int) -> Int {
        var column = 0, indent = 0, leading = true
        for word in words(line) {
            let isGap = word.first == " "
            if isGap, leading { indent = word.count + 2 }
            if isGap, !leading, word.count >= 2, column + word.count <= width / 2 { indent = column + word.count }
            if !isGap, leading, column == 0 { indent = 2 }
            leading = false
            column += isGap ? word.count : columns(word)
        }
        return min(indent, width / 2)
    }

    /// The columns that a text takes: its characters without colour sequences (ESC [ … m).
    private static func columns(_ text: String) -> Int {
        var count = 0, isEscape = false
        for character in text {
            if character == "\u{1B}" { isEscape = true } else if !isEscape { count += 1 }
            if isEscape, character == "m" { isEscape = false }
        }
        return count
    }
}
