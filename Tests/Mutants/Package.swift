// swift-tools-version: 6.3
import PackageDescription

// The package with which the mutants of one subject are built: the tests and the simulation that are to find them, and
// what these need. `run` puts it in place of the package's manifest in a scratch copy, and names the subject.

/// What is to find the mutants of each subject, which is a folder beside this file.
let finders: [String: [String]] = [
    "Agreement": ["ClusterClockTests", "simulation"],
    "Clock": ["ClusterClockTests", "simulation"],
    "Grid": ["TickTimeTests", "TickSchedulingTests", "TickLinuxTests"],
    "Heartbeats": ["TimeSyncAuditTests"],
    "OnAir": ["TickTimeTests", "TickSchedulingTests", "TickLinuxTests"],
    "Peers": ["ClusterClockTests", "simulation"],
    "Provenance": ["ClusterClockTests", "TimeExchangeTests", "TimeSyncAuditTests"],
    "Stations": ["StationsTests", "simulation"],
    "TimeExchange": ["TimeExchangeTests"],
    "TimeSyncAudit": ["TimeSyncAuditTests"],
]
let subject = Context.environment["MUTANT_SUBJECT"] ?? ""

let internalImports: [SwiftSetting] = [.enableUpcomingFeature("InternalImportsByDefault")]
let package = Package(
    name: "TickScheduler",
    targets: [
        .target(name: "TickTime"),
        .target(name: "MessageDigest"),
        .target(name: "ClusterClock", dependencies: ["TickTime"]),
        .target(name: "TickScheduling", dependencies: ["TickTime"]),
        .target(name: "TimeExchange", dependencies: ["ClusterClock", "MessageDigest", "TickTime"]),
        .target(name: "TimeSyncAudit", dependencies: ["ClusterClock", "TickTime"]),
        .target(
            name: "TickConfiguration",
            dependencies: [
                "TickTime", "TickScheduling", "ClusterClock", "TimeExchange", "MessageDigest", "TimeSyncAudit",
            ]),
        .target(name: "ClockView", dependencies: ["ClusterClock", "MessageDigest", "TickTime"]),
        .target(name: "TickJournal", dependencies: ["ClockView", "MessageDigest", "TickScheduling", "TickTime"]),
        .target(name: "CLinuxShims"),
        .target(name: "CFatalSignals"),
        .target(
            name: "TickLinux",
            dependencies: [
                "CFatalSignals", "CLinuxShims", "TickTime", "TickScheduling", "TickJournal", "ClockView",
                "ClusterClock",
            ], swiftSettings: internalImports),
        .target(
            name: "Stations", dependencies: ["ClusterClock", "TickScheduling", "TickTime"],
            swiftSettings: internalImports),
        .target(
            name: "TickSimulation", dependencies: ["ClusterClock", "Stations", "TickScheduling", "TickTime"],
            swiftSettings: internalImports),
        .executableTarget(
            name: "simulation", dependencies: ["TickSimulation"], path: "Tests/Mutants/Simulation"),

        .target(name: "CTestShims", path: "Tests/CTestShims"),
        .target(
            name: "TestSupport", dependencies: ["CTestShims", "TickTime", "TickScheduling"], path: "Tests/TestSupport"),
        .testTarget(name: "ClusterClockTests", dependencies: ["ClusterClock", "TickTime", "TestSupport"]),
        .testTarget(
            name: "TimeExchangeTests",
            dependencies: ["TimeExchange", "ClusterClock", "MessageDigest", "TickTime", "TestSupport"]),
        // Of these three only what concerns the on-air gate and grids: the other tests find no mutant, and take long.
        .testTarget(
            name: "TickSchedulingTests", dependencies: ["TickScheduling", "TickTime", "TestSupport"],
            sources: ["Session/AirRightTests.swift", "Session/GridSessionTests.swift"]),
        .testTarget(
            name: "TickLinuxTests",
            dependencies: ["TickLinux", "TickScheduling", "ClusterClock", "TickTime", "TestSupport"],
            sources: ["Stamps/OnAirGateTests.swift", "Loop/NumberedTicks.swift"]),
        .testTarget(
            name: "TickTimeTests", dependencies: ["TickTime", "TestSupport"],
            sources: ["Epochs/GridEpochTests.swift", "Grid/GridPhaseTests.swift"]),
        .testTarget(
            name: "StationsTests",
            dependencies: ["Stations", "TickScheduling", "TickSimulation", "ClusterClock", "TickTime", "TestSupport"]),
        .testTarget(
            name: "TimeSyncAuditTests",
            dependencies: ["TimeSyncAudit", "TickConfiguration", "ClusterClock", "TickTime", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)

guard let names = finders[subject] else { fatalError("finders names nothing for the subject \"\(subject)\"") }
// The named targets and what they depend on.
var needed: Set<String> = [], open = names
while let name = open.popLast() {
    guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
}
package.targets.removeAll { !needed.contains($0.name) }
