// Reads import declarations from Swift source, in every form of the language:
//
//     import A          public import A          @testable import A
//     @preconcurrency internal import A          import struct A.B          import A; import B
//
// Limits: an import that `#if` switches off counts too, which is on the strict side. A line of a multi-line string
// that reads as an import also counts; reword such a line.

/// An import of a module in a file.
struct ImportStatement: Equatable {
    let module: String
    let line: Int

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "@_exported", "@testable", "@preconcurrency",
        "@_implementationOnly", "@_spiOnly", "@_weakLinked",
    ]
    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
    ]

    /// The imports of `source`, in their order.
    static func all(in source: String) -> [ImportStatement] {
        let lines = SourceTree.withoutComments(source)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().flatMap { index, line in
            line.split(separator: ";").compactMap { statement in
                module(importedBy: statement).map { ImportStatement(module: $0, line: index + 1) }
            }
        }
    }

    private static func module(importedBy statement: Substring) -> String? {
        var words = statement.split { $0 == " " || $0 == "\t" }[...]
        // An attribute's argument, as in @_spi(Testing), is part of its word.
        while let word = words.first, modifiers.contains(String(word)) || word.hasPrefix("@_spi(") {
            words.removeFirst()
        }
        guard words.popFirst() == "import", var path = words.popFirst() else { return nil }
        if kinds.contains(String(path)), let next = words.popFirst() { path = next }
        return path.split(separator: ".").first.map { $0.filter { $0 != "`" } }
    }
}
