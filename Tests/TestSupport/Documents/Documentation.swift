import Foundation

/// A fenced block of the documentation, and where it is.
public struct DocumentedBlock: Sendable, CustomStringConvertible {
    /// The path of the file from the package's folder.
    public let file: String
    public let block: MarkdownBlock

    public var place: String { "\(file):\(block.line)" }
    public var description: String { place }
}

/// The texts for readers: README.md, and the articles of all DocC catalogs.
public enum Documentation {
    /// Paths from the package's folder.
    public static let files: [String] = {
        let root = Vectors.packageRoot
        let names = FileManager.default.enumerator(atPath: root.appending(path: "Sources").path)?.allObjects ?? []
        let articles = names.compactMap { $0 as? String }.filter { $0.contains(".docc/") && $0.hasSuffix(".md") }
        return ["README.md"] + articles.map { "Sources/\($0)" }.sorted()
    }()

    public static func text(_ file: String) throws -> String {
        try String(contentsOf: Vectors.packageRoot.appending(path: file), encoding: .utf8)
    }

    /// The blocks of all files, or those of one language.
    public static func blocks(_ language: String? = nil) throws -> [DocumentedBlock] {
        try files.flatMap { file in
            MarkdownBlock.all(in: try text(file)).map { DocumentedBlock(file: file, block: $0) }
        }.filter { language == nil || $0.block.language == language }
    }
}
