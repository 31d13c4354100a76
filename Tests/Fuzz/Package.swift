// swift-tools-version: 6.3
import PackageDescription

// A separate package, because the fuzzer has its own main and instruments everything in its build.
let package = Package(
    name: "Fuzz",
    products: [.library(name: "journalfuzz", type: .static, targets: ["journalfuzz"])],
    dependencies: [.package(name: "TickScheduler", path: "../..")],
    targets: [
        .target(
            name: "journalfuzz",
            dependencies: [
                .product(name: "ClockView", package: "TickScheduler"),
                .product(name: "ClusterClock", package: "TickScheduler"),
                .product(name: "TickScheduler", package: "TickScheduler"),
                .product(name: "TickReports", package: "TickScheduler"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
