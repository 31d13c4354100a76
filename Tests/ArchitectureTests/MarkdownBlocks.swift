/// A fenced block of code in a Markdown text (CommonMark 0.31, 4.5).
struct MarkdownBlock: Equatable {
    /// The first word after the fence: `swift`, `sh`; empty where none is given.
    let language: String
    /// The line of the text on which the code begins, counted from 1.
    let line: Int
    let code: String

    /// The fenced blocks of `text`, in their order. A fence that is not closed runs to the end.
    static func all(in text: String) -> [MarkdownBlock] {
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

    private init(_ language: String, _ line: Int, _ code: [Substring]) {
        self.language = language
        self.line = line
        self.code = code.joined(separator: "\n")
    }

    init(language: String, line: Int, code: String) {
        self.language = language
        self.line = line
        self.code = code
    }
}
