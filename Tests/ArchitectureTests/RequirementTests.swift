import Foundation
import TestSupport
import Testing

/// What tests need beside the toolchain: one list, which CI installs and tests ask.
@Suite("What tests need")
struct RequirementTests {
    /// Of the list, what the model (Tests/Model), the benchmark and the packages (.ci/package, Tests/Packaging) use, and
    /// no test of ours.
    private static let others: Set = ["spin", "cyclictest", "debootstrap", "dpkg-shlibdeps", "lintian"]

    @Test("each has a line in .ci/requirements, and each line is of one that a test can name")
    func oneList() throws {
        let names = Requirement.lines.map(\.name)
        #expect(Set(names).count == names.count, "a name stands twice: \(names.sorted())")
        #expect(Set(names) == Self.others.union(Requirement.allCases.map(\.rawValue)))
        // Every other line is a comment: what is misspelled would be no line at all.
        let text = try SourceTree.text(".ci/requirements").split(separator: "\n")
        #expect(text.count { !$0.hasPrefix("#") } == names.count)
    }

    @Test("CI installs from that list, names no package itself, and tells the tests that they are in CI")
    func ciReadsIt() throws {
        let script = try SourceTree.text(".ci/run")
        #expect(script.contains("done <.ci/requirements\n") && script.contains("export CI="))
        let installs = script.split(separator: "\n").filter { $0.contains(" install ") }
        #expect(installs.count == 2)
        for line in installs {
            #expect(line.contains(#""${packages[@]}""#) || line.contains(#""${modules[@]}""#), "\(line)")
        }
    }

    @Test("each is named by a test: CI installs nothing for nobody")
    func used() throws {
        let sources = try SourceTree.files(under: "Tests", endingIn: "Tests.swift").map { try SourceTree.text($0) }
        let pattern = /\.(?:requires|prefers)\(([^)]*)\)/
        let named = Set(sources.flatMap { $0.matches(of: pattern).flatMap { $0.output.1.split(separator: ", .") } })
        for requirement in Requirement.allCases {
            #expect(
                named.contains { $0.drop { $0 == "." } == "\(requirement)" }, "no test requires \(requirement.rawValue)"
            )
        }
    }

    private static func undeclared(_ words: String...) -> [Requirement] {
        Requirement.undeclared([RunProcess(words[0], Array(words.dropFirst())).programName])
    }

    @Test(
        "what a test runs without a word of it is found, by whatever way it runs it, and nothing else", .requires(.nm))
    func undeclared() {
        #expect(Self.undeclared("/usr/bin/promtool", "check") == [.promtool])
        #expect(Self.undeclared("/usr/bin/env", "python3", "-c", "") == [.python3])
        #expect(Requirement.undeclared(Requirement.words(ofShell: "a |$(pkg-config --libs x) ip.c")) == [.pkgConfig])
        #expect(Self.undeclared("/usr/bin/env", "nm") == [] && Self.undeclared("/bin/sh", "-c", "") == [])
    }

    @Test("one line brings programs and modules, each package once")
    func remedy() {
        let line = Requirement.remedy(for: [.chronyd, .chronyc, .promtool, .gstreamer])
        let packages =
            "chrony gstreamer1.0-plugins-base libgstreamer-plugins-base1.0-dev libgstreamer1.0-dev prometheus"
        #expect(line.hasSuffix("apt-get install -y --no-install-recommends \(packages)") && !line.contains("pip"))
        let modules = Requirement.remedy(for: [.tmux, .jsonschema, .hdrh])
        #expect(modules.contains(" tmux") && modules.hasSuffix("python3 -m pip install hdrhistogram jsonschema"))
    }
}
