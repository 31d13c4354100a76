import Foundation
import TestSupport
import Testing

/// `Tests/Mutants/run` tries the mutants, which takes minutes. This suite checks what takes a second.
@Suite("Mutants")
struct MutantTests {
    /// The patches, by name.
    private static func patches() throws -> [String: String] {
        let folder = SourceTree.root.appending(path: "Tests/Mutants")
        var patches: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where path.hasSuffix(".patch") {
            let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            let earlier = patches.updateValue("Tests/Mutants/\(path)", forKey: name)
            #expect(earlier == nil, "two mutants are named \(name)")
        }
        return patches
    }

    @Test("each mutant applies to the sources", .requires(.git))
    func apply() async throws {
        let patches = try Self.patches()
        #expect(patches.count > 50)
        for (name, path) in patches {
            let result = try await RunProcess("/usr/bin/env", ["git", "apply", "--check", "-C1", path]).run()
            #expect(result.exitCode == 0, "write \(name) again: \(result.standardError)")
        }
    }

    @Test("the tables of Verification name each mutant, and no other")
    func tables() throws {
        let text = try Documentation.text("Sources/tickrun/tickrun.docc/Verification.md")
        let section = try #require(text.components(separatedBy: "\n## Mutants\n").dropFirst().first)
        let rows = (section.components(separatedBy: "\n## ").first ?? "").split(separator: "\n")
            .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| mutant ") }
            .compactMap { $0.split(separator: "|").first?.trimmingCharacters(in: .whitespaces) }
        #expect(Set(rows).count == rows.count, "a mutant stands in two rows")
        #expect(Set(rows).symmetricDifference(try Self.patches().keys).sorted() == [])
    }
}
