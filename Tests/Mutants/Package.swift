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
        .target(name: "Stations", dependencies: ["ClusterClock", "TickTime"], swiftSettings: internalImports),
        .target(
            name: "TickSimulation", dependencies: ["ClusterClock", "Stations", "TickTime"],
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
        .testTarget(
            name: "TimeSyncAuditTests",
            dependencies: ["TimeSyncAudit", "TickConfiguration", "ClusterClock", "TickTime", "TestSupport"]),
        .testTarget(
            name: "StationsTests",
            dependencies: ["Stations", "TickSimulation", "ClusterClock", "TickTime", "TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
