// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// The run, and the targets whose types its interface takes and returns.
let channelRun = ["ChannelRun", "TickConfiguration", "TickReports", "TickLinux", "TickScheduling", "TickTime"]

let package = Package(
    name: "TickScheduler",
    products: [
        .library(name: "TickScheduler", targets: ["TickTime", "TickScheduling", "TickLinux", "TickJournal"]),
        .library(name: "ClockView", targets: ["ClockView", "TickJournal", "MessageDigest"]),
        .library(name: "ClusterClock", targets: ["ClusterClock", "TimeExchange", "TickTime"]),
        .library(name: "ClusterNode", targets: ["ClusterLinux"]),
        .library(name: "StationClient", targets: ["StationClient"]),
        .library(name: "PlotPages", targets: ["PlotPages"]),
        .library(name: "TickReports", targets: ["TickReports"]),
        .library(name: "ChannelRun", targets: channelRun),
        .library(name: "tickscheduler", type: .dynamic, targets: ["TickSchedulerC", "TickSchedulerShared"]),
        .library(name: "tickscheduler-static", type: .static, targets: ["TickSchedulerC"]),
        .executable(name: "tickrun", targets: ["tickrun"]),
    ],
    targets: [
        // The pure half: given every reading, returns decisions.
        .target(name: "TickTime", swiftSettings: strict),
        .target(name: "MessageDigest", swiftSettings: strict),
        .target(name: "ClusterClock", dependencies: ["TickTime"], swiftSettings: strict),
        .target(
            name: "ClockView", dependencies: ["ClusterClock", "MessageDigest", "TickTime"], swiftSettings: strict),
        .target(name: "TickScheduling", dependencies: ["TickTime"], swiftSettings: strict),

        .target(
            name: "TimeExchange", dependencies: ["ClusterClock", "MessageDigest", "TickTime"], swiftSettings: strict),
        .target(
            name: "TickJournal", dependencies: ["ClockView", "MessageDigest", "TickScheduling", "TickTime"],
            swiftSettings: strict),
        .target(
            name: "Stations", dependencies: ["ClusterClock", "TickScheduling", "TickTime"], swiftSettings: strict),
        .target(name: "PlotPages", swiftSettings: strict),
        .target(
            name: "TickSimulation", dependencies: ["ClusterClock", "Stations", "TickScheduling", "TickTime"],
            swiftSettings: strict),

        // The shell: reads clocks, sleeps, prints.
        .target(name: "CLinuxShims"),
        .target(name: "CFatalSignals"),
        .target(
            name: "TickLinux",
            dependencies: [
                "CFatalSignals", "CLinuxShims", "TickTime", "TickScheduling", "TickJournal", "ClockView",
                "ClusterClock",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LinuxService", dependencies: ["CLinuxShims", "TickLinux", "TickTime"], swiftSettings: strict),
        .target(
            name: "ClusterLinux",
            dependencies: [
                "CLinuxShims", "TickLinux", "ClusterClock", "TimeExchange", "MessageDigest", "TickTime",
            ],
            swiftSettings: strict),
        // For a program that ticks a channel of an agent on its host.
        .target(
            name: "StationClient",
            dependencies: ["CLinuxShims", "TickLinux", "TickReports", "TickScheduling", "TickTime"],
            swiftSettings: strict),
        // etcd's JSON gateway. Nothing that a tick waits for may import it.
        .target(name: "EtcdClient", dependencies: ["TickTime"], swiftSettings: strict),
        .target(
            name: "StationAgent",
            dependencies: [
                "CLinuxShims", "EtcdClient", "Stations", "StationClient", "ChannelRun", "ClusterClock", "ClusterLinux",
                "LinuxService", "TickConfiguration", "TickJournal", "TickLinux", "TickReports", "TickScheduling",
                "TickTime",
            ],
            swiftSettings: strict),
        .target(name: "CTickScheduler", exclude: ["tickscheduler.pc", "tickscheduler-static.pc"]),
        .target(
            name: "TickSchedulerC",
            dependencies: [
                "CTickScheduler", "CFatalSignals", "CLinuxShims", "ClusterLinux", "TickLinux", "TickTime",
                "TickScheduling", "TickJournal", "TickReports", "StationClient", "ClusterClock", "TimeExchange",
            ],
            swiftSettings: strict
        ),
        // No other product may contain it: its linker settings are those of the shared library alone.
        .target(
            name: "TickSchedulerShared", exclude: ["exports.map"], swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags([
                    "-static-stdlib", "-Xlinker",
                    "--version-script=\(Context.packageDirectory)/Sources/TickSchedulerShared/exports.map",
                ])
            ]
        ),
        .target(
            name: "TickConfiguration",
            dependencies: [
                "TickTime", "TickScheduling", "ClusterClock", "TimeExchange", "MessageDigest", "TimeSyncAudit",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "TickReports",
            dependencies: ["ClockView", "PlotPages", "TickJournal", "TickTime", "TickScheduling"],
            swiftSettings: strict
        ),
        .target(
            name: "TimeSyncAudit", dependencies: ["ClusterClock", "TickTime"], swiftSettings: strict),
        .target(
            name: "ChannelRun",
            dependencies: [
                "TickTime", "TickScheduling", "TickJournal", "ClusterClock", "TimeExchange", "TickLinux",
                "ClusterLinux", "LinuxService", "TickConfiguration", "TickReports", "TimeSyncAudit",
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "tickrun",
            dependencies: [
                "ChannelRun",
                "TickTime", "TickScheduling", "TickSimulation", "TickJournal", "ClockView", "MessageDigest",
                "ClusterClock", "TimeExchange", "TickLinux", "ClusterLinux", "LinuxService",
                "TickConfiguration", "TickReports", "TimeSyncAudit", "EtcdClient", "StationAgent", "Stations",
            ],
            swiftSettings: strict
        ),

        .target(name: "CTestShims", path: "Tests/CTestShims"),
        .target(
            name: "TestSupport",
            dependencies: ["CTestShims", "TickTime", "TickScheduling"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(
            name: "TickTimeTests",
            dependencies: ["TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "MessageDigestTests",
            dependencies: ["MessageDigest", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ClockViewTests",
            dependencies: ["ClockView", "MessageDigest", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TimeExchangeTests",
            dependencies: ["TimeExchange", "ClusterClock", "MessageDigest", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TickJournalTests",
            dependencies: [
                "TickJournal", "JournalExtremes", "ClockView", "MessageDigest", "TickScheduling", "TickTime",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ClusterClockTests",
            dependencies: ["ClusterClock", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TickSimulationTests",
            dependencies: ["TickSimulation", "ClusterClock", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TickSchedulingTests",
            dependencies: ["TickScheduling", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "liveprobe",
            dependencies: ["TickLinux", "TickScheduling", "TickTime", "TestSupport"],
            path: "Tests/LiveProbe",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "fencingsink", dependencies: ["TestSupport"], path: "Tests/FencingSink", swiftSettings: strict),
        .target(
            name: "JournalExtremes",
            dependencies: ["TickJournal", "TickReports", "ClockView", "TickTime"],
            path: "Tests/JournalExtremes", swiftSettings: strict),
        .executableTarget(
            name: "journalmutations", dependencies: ["TickJournal", "JournalExtremes"], path: "Tests/JournalMutations",
            swiftSettings: strict),
        .testTarget(
            name: "TickLinuxTests",
            dependencies: ["TickLinux", "TickScheduling", "TickTime", "ClusterClock", "TestSupport", "liveprobe"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ClusterLinuxTests",
            dependencies: [
                "ClusterLinux", "TickLinux", "TickScheduling", "TickTime", "ClusterClock", "TimeExchange",
                "MessageDigest",
                "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "StationsTests",
            dependencies: ["Stations", "TickScheduling", "TickSimulation", "ClusterClock", "TickTime", "TestSupport"],
            swiftSettings: strict),
        .executableTarget(
            name: "stationload",
            dependencies: [
                "StationAgent", "Stations", "EtcdClient", "TickLinux", "TickReports", "TickScheduling", "TickTime",
                "TestSupport",
            ], path: "Tests/StationLoad", swiftSettings: strict),
        .testTarget(
            name: "StationAgentTests",
            dependencies: [
                "StationAgent", "StationClient", "Stations", "EtcdClient", "TickConfiguration", "TickLinux",
                "TickReports",
                "TickScheduling", "TickSimulation", "TickTime", "TestSupport", "stationload",
            ], swiftSettings: strict),
        .testTarget(
            name: "StationClientTests",
            dependencies: ["StationClient", "TickLinux", "TickScheduling", "TickTime", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "EtcdClientTests", dependencies: ["EtcdClient", "TickTime", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "LinuxServiceTests",
            dependencies: ["LinuxService", "TickLinux", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "pulledpipeline", dependencies: ["TickLinux", "TickScheduling", "TickTime"],
            path: "Fixtures/pipelines", exclude: ["joined.c", "picture.h", "pulled.c", "pushed.cpp", "two_sessions.c"]),
        .testTarget(
            name: "TickSchedulerCTests",
            dependencies: ["TickSchedulerC", "pulledpipeline", "tickrun", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TickConfigurationTests",
            dependencies: [
                "TickConfiguration", "TickScheduling", "TickTime", "ClusterClock", "TimeExchange", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TimeSyncAuditTests",
            dependencies: ["TimeSyncAudit", "TickConfiguration", "ClusterClock", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TickReportsTests",
            dependencies: ["TickReports", "PlotPages", "TickScheduling", "TickTime", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ChannelRunTests",
            dependencies: [
                "ChannelRun", "ClusterClock", "TickConfiguration", "TickLinux", "TickReports", "TickScheduling",
                "TickTime", "TimeSyncAudit", "TestSupport",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "tickrunTests",
            dependencies: [
                "tickrun", "ChannelRun", "TickReports", "TickSimulation", "TickLinux", "ClusterLinux", "LinuxService",
                "ClusterClock",
                "TimeExchange",
                "TickConfiguration", "TickTime", "TickScheduling", "TickJournal", "ClockView", "MessageDigest",
                "TimeSyncAudit", "JournalExtremes", "TestSupport", "fencingsink",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ArchitectureTests",
            dependencies: ["TestSupport", "TickLinux", "TickScheduling", "TickTime", "tickrun"],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Builds no more than some of the tests need: TICK_TESTS="TickTimeTests TickLinuxTests" swift test
if let names = Context.environment["TICK_TESTS"]?.split(separator: " ").map(String.init), !names.isEmpty {
    var needed: Set<String> = []
    var open = names
    while let name = open.popLast() {
        guard let target = package.targets.first(where: { $0.name == name }) else {
            fatalError("TICK_TESTS: no target is named \(name)")
        }
        guard needed.insert(name).inserted else { continue }
        for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products.removeAll()
}
