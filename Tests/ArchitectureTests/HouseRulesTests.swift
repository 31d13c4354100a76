import FoundationEssentials
import TestSupport
import Testing

@Suite("House rules")
struct HouseRulesTests {
    private static let code = SourceTree.files(under: "Sources", endingIn: ".swift", ".c", ".h")
    private static let tests = SourceTree.files(under: "Tests", endingIn: ".swift", ".c", ".h")

    @Test("no file outgrows the one idea that it is about")
    func fileLength() throws {
        #expect(Self.code.count > 50 && Self.tests.count > 30)
        for file in Self.code + Self.tests {
            // The C interface is one header, and mostly its words.
            if file == "Sources/CTickScheduler/include/tick_scheduler.h" { continue }
            let lines = try SourceTree.text(file).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 321, "\(file) has \(lines - 1) lines; split it at a second idea, or below 320")
        }
    }

    @Test("nothing is left for later")
    func nothingLeftForLater() throws {
        // Put together here, or this file would be the first to be found.
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK:", "not " + "implemented"]
        for file in Self.code + Self.tests {
            let text = try SourceTree.text(file)
            for mark in marks {
                #expect(!text.contains(mark), "\(file) says \(mark); finish it, or take it out")
            }
        }
    }

    @Test("what a test writes lies in a folder that goes with the test")
    func temporaryFolders() throws {
        // Put together here, as above.
        let ways = ["temporary" + "Directory", "NSTemporary" + "Directory", "mkd" + "temp", "\"/t" + "mp/\\("]
        for file in Self.tests where !file.hasSuffix("/TemporaryFolder.swift") {
            let text = try SourceTree.text(file)
            for way in ways { #expect(!text.contains(way), "\(file) uses \(way); take a TemporaryFolder") }
        }
    }

    @Test("the top level of the package holds what was agreed and nothing else", .requires(.git))
    func topLevel() async throws {
        let agreed: Set = [
            "Package.swift", "Sources", "Tests", "Fixtures", "bench", "README.md", ".ci", ".gitignore", ".swift-format",
        ]
        // A user's own files beside them, such as the report of a run, are no part of the package.
        var listing = RunProcess("/usr/bin/env", ["git", "ls-files"])
        listing.workingDirectory = SourceTree.root.path
        let tracked = try await listing.run()
        // What git and the package manager put beside it, where git does not tell.
        let others: Set = [".git", ".swiftpm", "Package.resolved"]
        let all = tracked.exitCode == 0 ? tracked.lines : SourceTree.names(in: ".")
        let names = Set(all.compactMap { $0.split(separator: "/").first.map(String.init) })
            .filter { !others.contains($0) && !$0.hasPrefix(".build") }
        #expect(agreed.isSuperset(of: names), "at the top level: \(names.subtracting(agreed).sorted())")
        #expect(names.contains("Package.swift"))
    }

    @Test("each public declaration at the top level of a file says what it is")
    func publicDeclarationsAreDocumented() throws {
        let kinds = ["struct", "class", "enum", "protocol", "actor", "func", "let", "var", "typealias"]
        var found = 0
        for file in Self.code where file.hasSuffix(".swift") {
            let lines = try SourceTree.text(file).split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                // Extensions say nothing new; what they add is at a deeper level.
                let words = line.split(separator: " ")
                guard line.first?.isWhitespace == false, words.contains("public"),
                    words.prefix(5).contains(where: { kinds.contains(String($0)) })
                else { continue }
                // What implements a header says there what it is.
                if index > 0, lines[index - 1] == "@c @implementation" { continue }
                found += 1
                let above = lines[..<index].last { !$0.hasPrefix("@") && !$0.hasPrefix("#if") }
                #expect(
                    above?.hasPrefix("///") == true, "\(file):\(index + 1) is public and says nothing of what it is")
            }
        }
        #expect(found > 50)
    }
}
