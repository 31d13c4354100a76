import Foundation
import TestSupport

/// The files of this package on the disk.
enum SourceTree {
    static let root = Vectors.packageRoot

    /// The names in a folder, sorted; empty if there is no such folder.
    static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()) ?? []
    }

    /// Every file under `folder` that ends in one of `endings`, as paths from the package's folder.
    static func files(under folder: String, endingIn endings: String...) -> [String] {
        let found = FileManager.default.enumerator(atPath: root.appending(path: folder).path)?.allObjects ?? []
        return found.compactMap { $0 as? String }
            .filter { path in endings.contains { path.hasSuffix($0) } }
            .map { "\(folder)/\($0)" }
            .sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Swift or C source with blanks for its comments. Line breaks stay, so that lines keep their numbers.
    ///
    /// String literals of one line are skipped. Longer ones are read as code, so text in them that looks like a
    /// comment becomes blank. They hold no imports.
    static func withoutComments(_ source: String) -> String {
        var result = ""
        var rest = Substring(source)
        while let next = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                result += lineBreaks(ofComment: &rest)
            } else if next == "\"" {
                result += literal(&rest)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }

    /// Removes a comment from the front of `rest`. Swift's comments nest.
    private static func lineBreaks(ofComment rest: inout Substring) -> String {
        var breaks = ""
        var depth = 0
        repeat {
            if rest.hasPrefix("/*") {
                depth += 1
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("*/") {
                depth -= 1
                rest = rest.dropFirst(2)
            } else if let character = rest.popFirst(), character.isNewline {
                breaks.append(character)
            }
        } while depth > 0 && !rest.isEmpty
        return breaks
    }

    /// Removes a string literal from the front of `rest`, at most to the end of its line.
    private static func literal(_ rest: inout Substring) -> String {
        var literal = String(rest.removeFirst())
        while let character = rest.first, !character.isNewline {
            literal.append(rest.removeFirst())
            if character == "\"" { break }
            if character == "\\", let escaped = rest.popFirst() { literal.append(escaped) }
        }
        return literal
    }
}
