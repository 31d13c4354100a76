// swift-tools-version: 6.3
import PackageDescription

// The package with which a mutant is built: only the sources that mutants change, their tests and the simulation.
// `run` puts it in place of the package's manifest in a scratch copy. A whole build takes three times as long.
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
        // Of these three, only what concerns the on-air gate and grids: the other tests find no mutant, and take long.
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
