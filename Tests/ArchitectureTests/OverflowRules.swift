// The sources that handle values from outside, and the symbols in object files that let such a value trap.
//
// In a debug build each source has an object file, and an operator of another module stays a call. So the object file
// shows exactly, with types, whether a source uses the operators that trap. An operation on plain integers leaves no
// symbol, so it is searched for in the text.

enum OverflowRules {
    /// Sources that handle values of peers, servers, files, sockets, arguments or C programs: whole targets, and
    /// files of other targets. A source that imports a module of peers' values must be here, or give a reason in
    /// `exempt`.
    static let targets = [
        "ClusterClock", "ClusterLinux", "TimeExchange", "TimeSyncAudit", "TickConfiguration", "Stations", "EtcdClient",
        "StationAgent", "StationClient",
    ]
    static let files: [String: [String]] = [
        "TickLinux": ["ClusterTime", "HostAnchor", "HostReader", "KernelClock", "ClockObservation"],
        "LinuxService": ["ControlServer"],
        "TickSchedulerC": [
            "AdmittedValues", "Cluster", "LoopCalls", "LoopOptions", "SessionOptions", "Station", "Status",
        ],
        "ChannelRun": [
            "ClusterSetup", "FailureCauses", "NodeHousekeeping", "NodeMoment", "NodeService", "RunCluster",
            "RunExecution", "RunStatus", "RunSyncGate", "RunningNodes", "SyncCollection",
            "SyncCollectionClockBound", "SyncCollectionPTP", "SyncLimitsOfRun", "TimeQuestion", "TimeAnswer",
            "TimeAnswerBounds", "TimeAnswerMaking", "TimeAnswerPTP", "TimeAnswerPeers",
        ],
        "tickrun": [
            "AgentCommand", "AgentLines", "AgentProgramLines", "ArgumentValues", "CheckCommand", "CheckPlan",
            "ClusterArguments", "ConfigCommand", "GateArguments", "HostFactsGathering", "HouseCommand", "HouseText",
            "HouseWatch", "KeyCommand", "NodeCommand", "PTPArguments", "PlanCommand", "SyncResultText", "TimeCommand",
            "TimeAnswerSource", "TimeText", "TimeTextPeers",
        ],
    ]
    /// Modules whose values come from outside.
    static let modules: Set = ["ClusterClock", "TimeExchange", "TimeSyncAudit"]
    /// Targets that import them but compute only with their own numbers.
    static let exempt: [String: String] = [
        "TickSimulation": "its clocks are numbers that its seed bounds; what its hosts say goes through ClusterClock",
        "ClockView": "it uses the sweep over intervals alone, on differences in 128 bits that it bounds itself",
    ]

    static var sources: [(target: String, file: String)] {
        let whole = targets.flatMap { target in
            SourceTree.files(under: "Sources/\(target)", endingIn: ".swift").map { (target, $0) }
        }
        let single = files.sorted { $0.key < $1.key }.flatMap { target, names in
            // The file may be in any of the target's folders. A name without a file is kept, so that the test fails.
            let all = SourceTree.files(under: "Sources/\(target)", endingIn: ".swift")
            return names.map { name in
                (target, all.first { $0.hasSuffix("/\(name).swift") } ?? "Sources/\(target)/\(name).swift")
            }
        }
        return whole + single
    }

    /// Whether an object file that refers to `symbol` uses an operator on instants or lengths that traps: `+`, `-`,
    /// binary or prefix. Operators are mangled as `1poi` (plus, infix), `1soi` and `1sop`.
    static func traps(_ symbol: some StringProtocol) -> Bool {
        guard symbol.hasPrefix("$s8TickTime7InstantV") || symbol.hasPrefix("$s8TickTime11NanosecondsV") else {
            return false
        }
        return ["V1poi", "V1soi", "V1sop"].contains { symbol.contains($0) }
    }

    /// Lines in which plain integers of instants and lengths are added, subtracted or multiplied, unless in 128 bits.
    static func rawArithmetic(in source: String) throws -> [(line: Int, text: String)] {
        let patterns = [
            // `x.nanoseconds + y`, `y - x.nanoseconds`
            #"\.nanoseconds\s[-+*]\s"#, #"[-+*]\s[\w.]*\.nanoseconds\b(?!\()"#,
            // `Nanoseconds(a + b)`, `UTCInstant(nanoseconds: a * b)`
            #"Nanoseconds\([^()]*\w\s[-+*]\s"#, #"nanoseconds: [^(),]*\w\s[-+*]\s"#,
            // `.seconds(x)` multiplies, so its argument must be a literal.
            #"(^|[^\w)])\.(seconds|milliseconds|microseconds)\((?![0-9_]+\))"#,
            #"Nanoseconds\.(seconds|milliseconds|microseconds)\((?![0-9_]+\))"#,
        ]
        let regexes = try patterns.map { try Regex($0) }
        let lines = SourceTree.withoutComments(source).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { index, line in
            guard !line.contains("Int128"), regexes.contains(where: { line.contains($0) }) else { return nil }
            return (index + 1, line.trimmingPrefix { $0.isWhitespace }.description)
        }
    }
}
