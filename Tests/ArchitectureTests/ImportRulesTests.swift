import Foundation
import Testing

/// Which target may import which.
enum ImportRules {
    static let pure: Set<String> = [
        "TickTime", "MessageDigest", "ClusterClock", "ClockView", "TickScheduling", "TickJournal",
        "TickSimulation", "TimeExchange", "Stations",
    ]
    static let shell: Set<String> = [
        "TickLinux", "ClusterLinux", "LinuxService", "TickConfiguration", "TimeSyncAudit", "TickReports",
    ]

    /// What each Swift target may import; a target that is not named here may not exist.
    static let swift: [String: Set<String>] = [
        "TickTime": [],
        "MessageDigest": [],
        "ClusterClock": ["TickTime"],
        "ClockView": ["TickTime", "ClusterClock", "MessageDigest"],
        "TickScheduling": ["TickTime"],
        "TickJournal": ["TickTime", "TickScheduling", "ClockView", "MessageDigest"],
        "TimeExchange": ["TickTime", "ClusterClock", "MessageDigest"],
        "TickSimulation": pure.subtracting(["TickSimulation"]),
        "TickLinux": [
            "TickTime", "TickScheduling", "TickJournal", "ClockView", "ClusterClock", "Glibc", "Dispatch",
            "Synchronization", "CFatalSignals", "CLinuxShims",
        ],
        "LinuxService": ["TickTime", "TickLinux", "CLinuxShims", "Glibc", "Synchronization"],
        "ClusterLinux": [
            "TickTime", "ClusterClock", "TimeExchange", "MessageDigest", "TickLinux", "CLinuxShims", "Glibc",
            "Synchronization",
        ],
        "TickConfiguration": pure.union(["Foundation", "TimeSyncAudit"]),
        "TimeSyncAudit": pure.union(["Foundation"]),
        "Stations": ["TickTime", "ClusterClock", "TickScheduling"],
        "EtcdClient": ["Foundation", "Dispatch", "Glibc", "Synchronization", "TickTime"],
        // For programs that tick an agent's channels: nothing of etcd or Foundation.
        "StationClient": [
            "TickTime", "TickScheduling", "TickReports", "TickLinux", "CLinuxShims", "Glibc", "Synchronization",
        ],
        "PlotPages": [],
        "TickReports": pure.union(["PlotPages"]),
        "ChannelRun": pure.subtracting(["TickSimulation"]).union(shell).union([
            "Foundation", "Glibc", "Synchronization",
        ]),
        "StationAgent": pure.subtracting(["TickSimulation"]).union(shell).union([
            "EtcdClient", "ChannelRun", "StationClient", "CLinuxShims", "Foundation", "Dispatch", "Glibc",
            "Synchronization",
        ]),
        "tickrun": pure.union(shell).union([
            "ChannelRun", "EtcdClient", "StationAgent", "Dispatch", "Foundation", "Glibc", "Synchronization",
        ]),
        "TickSchedulerShared": [],
        "TickSchedulerC": pure.union([
            "TickLinux", "ClusterLinux", "StationClient", "TickReports", "CTickScheduler", "CFatalSignals",
            "CLinuxShims", "Glibc",
            "Synchronization",
        ]),
    ]

    /// Targets that hold only C headers.
    static let headers: Set<String> = ["CLinuxShims", "CTickScheduler"]

    /// Targets of C code, for what neither Swift nor a header can hold: a signal handler and its state.
    static let code: Set<String> = ["CFatalSignals"]
}

@Suite("Import rules")
struct ImportRulesTests {
    @Test("every target is in the table of allowed imports")
    func everyTargetIsKnown() {
        let targets = SourceTree.names(in: "Sources").filter { !$0.hasPrefix(".") }
        #expect(targets.contains("TickTime"))
        for target in targets {
            #expect(
                ImportRules.swift[target] != nil || ImportRules.headers.contains(target)
                    || ImportRules.code.contains(target),
                "Sources/\(target) has no place in the architecture; give it one in ImportRules, or move its files")
        }
    }

    @Test("a target imports only what the architecture allows", arguments: ImportRules.swift.keys.sorted())
    func imports(target: String) throws {
        let allowed = try #require(ImportRules.swift[target])
        for file in SourceTree.files(under: "Sources/\(target)", endingIn: ".swift") {
            for statement in ImportStatement.all(in: try SourceTree.text(file)) {
                #expect(
                    allowed.contains(statement.module),
                    """
                    \(file):\(statement.line) imports \(statement.module); \(target) may import \
                    \(allowed.isEmpty ? "nothing" : allowed.sorted().joined(separator: ", "))
                    """)
            }
        }
    }

    @Test("Layout shows for each target the imports that the rules allow, and the pure targets")
    func layout() throws {
        let page = try SourceTree.text("Sources/tickrun/tickrun.docc/Layout.md")
        var shown: [String: Set<String>] = [:]
        for line in page.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let target = cells[0].filter { $0 != "`" }
            for name in cells[2].split(separator: ",").map({ $0.trimmingCharacters(in: .whitespaces) }) {
                let imports: Set<String> =
                    switch name {
                    case "nothing", "libc": []
                    case "the pure targets": ImportRules.pure.subtracting([target])
                    case "the pure targets but TickSimulation": ImportRules.pure.subtracting(["TickSimulation"])
                    default: [name]
                    }
                shown[target, default: []].formUnion(imports)
            }
        }
        for (target, allowed) in ImportRules.swift.sorted(by: { $0.key < $1.key }) {
            #expect(shown[target] == allowed, "Layout's row of \(target)")
        }
        #expect(Set(shown.keys) == Set(ImportRules.swift.keys).union(ImportRules.headers).union(ImportRules.code))
        let sentence = try #require(page.components(separatedBy: "The pure targets are ").last?.prefix { $0 != "." })
        let named = sentence.split(separator: "`").enumerated().filter { $0.offset % 2 == 0 }.map { String($0.element) }
        #expect(Set(named) == ImportRules.pure)
    }

    @Test("a header target holds headers and no code", arguments: ImportRules.headers.sorted())
    func headersOnly(target: String) throws {
        let folder = "Sources/\(target)"
        #expect(SourceTree.files(under: folder, endingIn: ".swift", ".cpp", ".m", ".S").isEmpty)
        for file in SourceTree.files(under: folder, endingIn: ".c") {
            let isEmpty = SourceTree.withoutComments(try SourceTree.text(file)).allSatisfy { $0.isWhitespace }
            #expect(isEmpty, "\(file) holds code; a header's `static inline` takes it")
        }
        let own = Set(SourceTree.files(under: folder, endingIn: ".h").compactMap { $0.split(separator: "/").last })
        for file in SourceTree.files(under: folder, endingIn: ".h") {
            let lines = SourceTree.withoutComments(try SourceTree.text(file)).split(separator: "\n")
            for line in lines where line.hasPrefix("#include") {
                let name = line.dropFirst("#include".count).trimmingPrefix { $0 == " " }
                let isOwn = name.hasPrefix("\"") && own.contains(name.dropFirst().prefix { $0 != "\"" })
                #expect(isOwn || name.hasPrefix("<"), "\(file) includes \(name), which is neither libc's nor its own")
            }
        }
    }

    @Test(
        "an import is found in each form that the language has",
        arguments: [
            ("import TickTime", ["TickTime"]),
            ("public import TickTime", ["TickTime"]),
            ("    internal import TickTime // for instants", ["TickTime"]),
            ("@testable import TickLinux", ["TickLinux"]),
            ("@preconcurrency public import Dispatch", ["Dispatch"]),
            ("@_spi(Testing) import TickTime", ["TickTime"]),
            ("import struct Foundation.Date", ["Foundation"]),
            ("import func Glibc.clock_gettime", ["Glibc"]),
            ("import Foundation.NSDate", ["Foundation"]),
            ("import `Foundation`", ["Foundation"]),
            ("import Glibc; import Foundation", ["Glibc", "Foundation"]),
            ("/* for dates */ import Foundation", ["Foundation"]),
            ("#if os(Linux)\n    import Glibc\n#endif", ["Glibc"]),
            ("let glob = \"/proc/*\"; import Glibc", ["Glibc"]),
            ("let page = \"https://\"; import Glibc", ["Glibc"]),
            ("// import Glibc", []),
            ("/* import Glibc\n/* import Foundation */ import Dispatch */", []),
            ("let important = 1\nimporter.import(Glibc)", []),
        ])
    func forms(source: String, modules: [String]) {
        #expect(ImportStatement.all(in: source).map(\.module) == modules)
    }

    @Test("an import's line number counts the lines of comments too")
    func lines() {
        let source = "/* two\nlines */\n// one\nimport A\n\npublic import B"
        #expect(ImportStatement.all(in: source).map(\.line) == [4, 6])
    }
}
