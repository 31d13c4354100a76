import Foundation
import TestSupport

/// A block of shell commands, which is checked line by line, in one shell, in a separate folder.
struct ShellBlock {
    /// One command, its continuation lines joined.
    struct Command {
        let text: String
        let check: Check
    }

    enum Check: Equatable {
        /// The command is run, in this form.
        case run(String)
        /// The command takes too long for a test or needs root. The test only looks for the files that it names.
        case named
        /// The command is unknown to the tests.
        case none
    }

    let commands: [Command]

    /// Blocks that build C programs belong to the tests of the C interface, which build and run them.
    static func belongsToTheCInterface(_ code: String) -> Bool { code.contains("pkg-config ") }

    /// Commands that a test does not run, each with the reason.
    private static let named: [(prefix: String, reason: String)] = [
        ("swift build", "a build within a build waits for its lock"),
        ("swift test", "the tests would run themselves"),
        ("TICK_TESTS=", "the tests would run themselves"),
        ("swift run -c release --package-path bench bench ", "45 minutes; CI runs short forms"),
        ("swift run -c release journalmutations ", "CI runs it"),
        ("swift run -c release stationload", "minutes, and etcd; CI runs a short form"),
        ("swift run Playout", "the package of a reader, whose program is compiled from its own block"),
        ("etcd --data-dir ", "a server of the reader's"),
        ("tickrun agent ", "needs an etcd; the live tests run agents"),
        ("tickrun check --ptp", "needs a ptp4l; the live tests run one"),
        ("tickrun house", "needs a grandmaster; the live tests run one"),
        ("tickrun replay --channel ", "needs the journals of agents; the live tests check theirs"),
        ("tickrun channel ", "needs an etcd; the tests of the command run one"),
        ("tickrun station ", "needs an etcd; the tests of the command run one"),
        ("sudo cp .build/release/tickrun ", "needs root"),
        ("sudo dpkg -i .build/packages/", "needs root; Tests/Packaging/run installs them"),
        ("export PATH=", "the tests have this build's tickrun in their path"),
        (".ci/", "CI itself"),
        ("Tests/Station/run", "20 minutes; CI runs a short form"),
        ("Tests/", "CI runs it"),
    ]

    /// Shorter forms of commands that take long.
    private static let shorter = [
        ("--iterations 20000", "--iterations 3"), ("--iterations 5000", "--iterations 1"),
        ("--iterations 1000", "--iterations 50"),
    ]

    init(_ code: String) {
        let joined = code.replacing(#/ *\\\n */#, with: " ")
        commands = joined.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .map { Command(text: $0, check: Self.check($0)) }
    }

    private static func check(_ line: String) -> Check {
        var text = line
        if text.hasPrefix("swift run -c release tickrun ") { text.trimPrefix("swift run -c release ") }
        if named.contains(where: { text.hasPrefix($0.prefix) }) { return .named }
        guard text.hasPrefix("tickrun ") || text.hasPrefix("for n in b c; do tickrun ") else { return .none }
        for (long, short) in shorter { text = text.replacing(long, with: short) }
        return .run(text)
    }

    /// The exit codes with which a command may end: a verdict, good or bad, and the code in its comment.
    static func acceptedExitCodes(_ command: String) -> Set<Int32> {
        let comment = command.split(separator: "#", maxSplits: 1).dropFirst().first ?? ""
        return Set(comment.matches(of: #/exit (\d+)/#).compactMap { Int32($0.1) }).union([0, 1])
    }

    /// The files of the package that a command names and that do not exist.
    static func missingFiles(in command: String) -> [String] {
        let words = command.prefix { $0 != "#" }.split(separator: " ").map(String.init)
        return words.filter { word in
            ["Tests/", "Fixtures/", "Sources/", ".ci/"].contains { word.hasPrefix($0) }
                && !word.contains { $0 == "*" || $0 == "$" }
                && !FileManager.default.fileExists(atPath: SourceTree.root.appending(path: word).path)
        }
    }

    /// Whether the output is the same at any time on any machine.
    static func isReproducible(_ command: String) -> Bool {
        ["deadlines", "timecode", "fence"].contains { command.hasPrefix("tickrun \($0) ") }
            || command.hasPrefix("tickrun plan ") && command.contains("--epoch")
            || command.hasPrefix("tickrun replay Fixtures/")
    }

    /// A script that runs the commands and writes each one's output and exit code to files.
    ///
    /// Runs are interrupted once after a few seconds, as with Control-C, and then report as at their end.
    var script: String {
        var lines = [
            """
            tickrun() {
                local limit=60
                case "$1" in [0-9]* | Fixtures/profiles/*) limit=5 ;; esac
                case "$*" in *--cluster*) limit=40 ;; esac
                timeout --foreground --preserve-status --signal=INT $limit "$TICKRUN" "$@"
            }
            """
        ]
        for (index, command) in commands.enumerated() {
            guard case .run(let text) = command.check else { continue }
            lines.append("{ \(text)\n} >output.\(index) 2>error.\(index)\necho $? >code.\(index)")
        }
        return (lines + ["kill $(jobs -p) 2>/dev/null", "wait", "exit 0"]).joined(separator: "\n")
    }
}
