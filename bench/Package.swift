// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// A package of its own, so that it sees of the scheduler what every user sees: the public interface.
let package = Package(
    name: "bench",
    dependencies: [.package(name: "TickScheduler", path: "..")],
    targets: [
        .executableTarget(
            name: "bench",
            dependencies: [
                .product(name: "TickScheduler", package: "TickScheduler"),
                .product(name: "ClusterClock", package: "TickScheduler"),
                .product(name: "ClusterNode", package: "TickScheduler"),
                .product(name: "ClockView", package: "TickScheduler"),
                .product(name: "PlotPages", package: "TickScheduler"),
            ],
            // For the tests, so that they can use the build that is measured. In this module alone: in the libraries it
            // makes their arithmetic slower.
            swiftSettings: strict + [.unsafeFlags(["-enable-testing"])]
        ),
        .testTarget(
            name: "benchTests",
            dependencies: ["bench", .product(name: "TickScheduler", package: "TickScheduler")],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
