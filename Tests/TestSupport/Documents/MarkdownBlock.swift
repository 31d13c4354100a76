import Foundation

/// A fenced block of code in a Markdown text (CommonMark 0.31, 4.5).
public struct MarkdownBlock: Equatable, Sendable {
    /// The first word after the fence: `swift`, `sh`; empty where none is given.
    public let language: String
    /// The line of the text on which the code begins, counted from 1.
    public let line: Int
    public let code: String

    public init(language: String, line: Int, code: String) {
        self.language = language
        self.line = line
        self.code = code
    }

    /// The fenced blocks of `text`, in their order. A fence that is not closed runs to the end.
    public static func all(in text: String) -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        var open: (fence: Substring, language: String, line: Int, code: [Substring])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let bare = line.drop { $0 == " " }
            let fence = bare.prefix { $0 == bare.first }
            let isFence = fence.count >= 3 && (fence.first == "`" || fence.first == "~")
            if let block = open {
                let closes = isFence && fence.hasPrefix(block.fence) && bare.allSatisfy { $0 == fence.first }
                if closes {
                    blocks.append(.init(block.language, block.line, block.code))
                    open = nil
                } else {
                    open?.code.append(line)
                }
            } else if isFence {
                let language = bare.dropFirst(fence.count).split(separator: " ").first.map(String.init) ?? ""
                open = (fence, language, index + 2, [])
            }
        }
        if let block = open { blocks.append(.init(block.language, block.line, block.code)) }
        return blocks
    }

    /// `text` without its fenced blocks.
    public static func prose(of text: String) -> String {
        var lines = text.components(separatedBy: "\n")
        for block in all(in: text) {
            let count = block.code.components(separatedBy: "\n").count
            for index in (block.line - 1)..<min(lines.count, block.line - 1 + count) { lines[index] = "" }
        }
        return lines.joined(separator: "\n")
    }

    private init(_ language: String, _ line: Int, _ code: [Substring]) {
        self.language = language
        self.line = line
        self.code = code.joined(separator: "\n")
    }
}
