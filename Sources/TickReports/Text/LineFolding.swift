/// Folds a line of a text table or a report at the width of a terminal.
///
/// The continued lines stand under the line's last column: where the text after the last gap of two or more spaces in
/// the first half of the width begins. A word that is longer than the room stays whole. So does a text in quotes or
/// backquotes, so that a path or a command can be copied.
package enum LineFolding {
    /// `line` in rows of at most `width` characters. Colour sequences take no room. `line` itself if it fits, or if
    /// `width` is below 20.
    package static func fold(_ line: String, width: Int) -> [String] {
        guard width >= 20, columns(line) > width else { return [line] }
        let indent = hangingIndent(line, width: width)
        let margin = String(repeating: " ", count: indent)
        var rows: [String] = [], row = "", used = 0, gap = ""
        for word in unbroken(words(line)) {
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

    /// The same with each quotation as one word: from a word that begins with a quotation mark to the one that ends
    /// with it. A mark without its counterpart, such as an apostrophe, means nothing.
    private static func unbroken(_ words: [String]) -> [String] {
        var joined: [String] = [], place = 0
        while place < words.count {
            var end = place
            if let mark = mark(before: words[place]),
                let last = words.indices[place...].first(where: { ends(words[$0], with: mark, isOpening: $0 == place) })
            {
                end = last
            }
            joined.append(words[place...end].joined())
            place = end + 1
        }
        return joined
    }

    /// The quotation mark that a word begins with, perhaps after a bracket.
    private static func mark(before word: String) -> Character? {
        let first = plain(word).first { !"([".contains($0) }
        return first.flatMap { "'`\"".contains($0) ? $0 : nil }
    }

    /// Whether a word ends with the mark, perhaps before punctuation.
    ///
    /// - Parameter isOpening: whether it is the word that begins with the mark: the mark itself then does not end the
    ///   word.
    private static func ends(_ word: String, with mark: Character, isOpening: Bool) -> Bool {
        let word = plain(word)
        guard let last = word.last(where: { !".,;:)]?!".contains($0) }), last == mark else { return false }
        return !isOpening || word.count { $0 == mark } > 1
    }

    /// A text of paragraphs in rows of at most `width` columns: a paragraph with a line that does not fit is filled
    /// again, and an indented line is folded as a row. Command lines, which are indented and begin with `command`, stay
    /// whole.
    package static func fill(_ text: String, width: Int, command: String) -> [String] {
        var rows: [String] = [], paragraph: [Substring] = []
        func isOver(_ line: Substring) -> Bool { columns(String(line)) > width }
        func filled() -> [String] {
            guard width >= 20, paragraph.contains(where: isOver) else { return paragraph.map(String.init) }
            var lines: [String] = []
            for word in unbroken(words(paragraph.joined(separator: " "))) where word.first != " " {
                if let last = lines.last, columns(last) + 1 + columns(word) <= width {
                    lines[lines.count - 1] += " " + word
                } else {
                    lines.append(word)
                }
            }
            return lines
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let first = line.first, first != " " {
                paragraph.append(line)
                continue
            }
            rows += filled()
            paragraph = []
            let isCommand = line.drop(while: { $0 == " " }).hasPrefix(command + " ")
            rows += isCommand ? [String(line)] : fold(String(line), width: width)
        }
        return rows + filled()
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

    /// The columns that a text takes.
    private static func columns(_ text: String) -> Int { plain(text).count }

    /// The characters of a text without colour sequences (ESC [ … m).
    private static func plain(_ text: String) -> String {
        guard text.contains("\u{1B}") else { return text }
        var plain = "", isEscape = false
        for character in text {
            if character == "\u{1B}" { isEscape = true } else if !isEscape { plain.append(character) }
            if isEscape, character == "m" { isEscape = false }
        }
        return plain
    }
}
