import Foundation
import TestSupport
import Testing

@Suite("Documentation")
struct DocumentationTests {
    /// The matches of a regular expression's first group.
    private static func matches(_ pattern: String, in text: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: pattern)
        let whole = NSRange(text.startIndex..., in: text)
        return expression.matches(in: text, range: whole).compactMap { match in
            Range(match.range(at: 1), in: text).map { String(text[$0]) }
        }
    }

    private static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: SourceTree.root.appending(path: path).path)
    }

    @Test("README.md has at most 300 lines")
    func readmeLength() throws {
        let lines = try Documentation.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines <= 301, "README.md has \(lines - 1) lines; move a part into an article")
    }

    @Test("the articles of all catalogs are found")
    func articles() {
        #expect(Documentation.files.contains("Sources/TickTime/TickTime.docc/Formulas.md"))
        #expect(Documentation.files.count > 20)
    }

    @Test("each block is in a language that a test checks", arguments: Documentation.files)
    func languages(file: String) throws {
        for block in MarkdownBlock.all(in: try Documentation.text(file)) {
            #expect(
                ["swift", "c", "cpp", "sh", "text"].contains(block.language),
                "\(file):\(block.line) is in '\(block.language)', which no test compiles or runs")
        }
    }

    @Test("each relative link leads to a file", arguments: Documentation.files)
    func relativeLinks(file: String) throws {
        let folder = (file as NSString).deletingLastPathComponent
        let text = MarkdownBlock.prose(of: try Documentation.text(file))
        for target in try Self.matches(#"\]\(([^)#\s]+)[^)]*\)"#, in: text) where !target.contains("://") {
            let path = folder.isEmpty ? target : "\(folder)/\(target)"
            #expect(Self.exists(path), "\(file) links to \(target), which does not exist")
        }
    }

    @Test("each link to an article leads to one", arguments: Documentation.files)
    func articleLinks(file: String) throws {
        let text = MarkdownBlock.prose(of: try Documentation.text(file))
        for target in try Self.matches("<doc:([^>]+)>", in: text) {
            #expect(file != "README.md", "README.md links to <doc:\(target)>, which only DocC understands")
            let parts = target.split(separator: "/").map(String.init)
            let folder = (file as NSString).deletingLastPathComponent
            let path =
                target.hasPrefix("/") && parts.count == 2
                ? "Sources/\(parts[0])/\(parts[0]).docc/\(parts[1]).md" : "\(folder)/\(target).md"
            #expect(Self.exists(path), "\(file) links to the article \(target), which does not exist")
        }
    }

    @Test("each file that the documentation names exists", arguments: Documentation.files)
    func namedFiles(file: String) throws {
        let text = MarkdownBlock.prose(of: try Documentation.text(file))
        let pattern = #"`((?:Sources|Tests|Fixtures|bench|\.ci)/[A-Za-z0-9_./-]+)[^`]*`"#
        for path in try Self.matches(pattern, in: text) where !path.contains("Name") && !path.contains("NAME") {
            #expect(Self.exists(path), "\(file) names \(path), which does not exist")
        }
    }

    @Test("the picture of the README is below 200 KB")
    func picture() throws {
        let pictures = try Self.matches(#"!\[[^\]]*\]\(([^)]+)\)"#, in: try Documentation.text("README.md"))
        #expect(!pictures.isEmpty)
        for picture in pictures {
            let size = try Data(contentsOf: SourceTree.root.appending(path: picture)).count
            #expect(picture.hasPrefix("Fixtures/pictures/") && size < 200_000, "\(picture) has \(size) bytes")
        }
    }
}
