import Foundation
import TestSupport
import Testing

/// Programs that were built against the first header, with a library that has grown since.
@Suite("The C interface grows")
struct GrowthTests {
    private static let first = "\(CPrograms.root)/Fixtures/c-interface/1.0"
    private static let grown = [
        "tick_info", "tick_session_options", "tick_loop_options", "tick_statistics", "tick_epoch",
        "tick_station_options",
    ]

    /// The library with one more field at the end of its structs.
    private static func grow(in folder: String) async throws -> String {
        var header = try String(contentsOfFile: "\(CPrograms.header)/tick_scheduler.h", encoding: .utf8)
        for name in grown {
            #expect(header.contains("\n} \(name);"))
            header = header.replacingOccurrences(of: "\n} \(name);", with: "\n    int64_t grown;\n} \(name);")
        }
        try header.write(toFile: "\(folder)/tick_scheduler.h", atomically: true, encoding: .utf8)
        try "module CTickScheduler { header \"tick_scheduler.h\" export * }"
            .write(toFile: "\(folder)/module.modulemap", atomically: true, encoding: .utf8)
        let build = try CPrograms.libraries()
        let sources = try FileManager.default
            .subpathsOfDirectory(atPath: "\(CPrograms.root)/Sources/TickSchedulerC")
            .filter { $0.hasSuffix(".swift") }.map { "\(CPrograms.root)/Sources/TickSchedulerC/\($0)" }
        // One object for each source. Objects of deleted sources may still exist.
        let objects = try [
            "ClusterLinux", "TickLinux", "TickScheduling", "TickTime", "TickJournal", "ClockView", "ClusterClock",
            "TimeExchange",
            "MessageDigest", "TickReports", "PlotPages", "StationClient",
        ].flatMap { target in
            try FileManager.default.subpathsOfDirectory(atPath: "\(CPrograms.root)/Sources/\(target)")
                .filter { $0.hasSuffix(".swift") }
                .map { "\(build)/\(target).build/\($0.split(separator: "/").last ?? "").o" }
        }
        let shims = try FileManager.default.contentsOfDirectory(atPath: "\(build)/CFatalSignals.build")
            .filter { $0.hasSuffix(".c.o") }.map { "\(build)/CFatalSignals.build/\($0)" }
        let command = """
            swiftc -emit-library -module-name TickSchedulerC -swift-version 6 -D DEBUG -o \(folder)/libtickscheduler.so \
            -enable-upcoming-feature InternalImportsByDefault -I \(build)/Modules \
            -Xcc -fmodule-map-file=\(build)/CLinuxShims.build/module.modulemap \
            -Xcc -I\(CPrograms.root)/Sources/CLinuxShims/include \
            -Xcc -fmodule-map-file=\(build)/CFatalSignals.build/module.modulemap \
            -Xcc -I\(CPrograms.root)/Sources/CFatalSignals/include \
            -Xcc -fmodule-map-file=\(folder)/module.modulemap -Xcc -I\(folder) \
            \((sources + objects + shims).joined(separator: " "))
            """
        let result = try await CPrograms.shell(command, in: folder, timeout: 300)
        try #require(result.exitCode == 0, "\(result.standardError.suffix(4_000))")
        return folder
    }

    @Test(
        "a program built against the first header runs with a library grown by one field", .timeLimit(.minutes(10)),
        .requires(.gcc))
    func firstHeader() async throws {
        try await CPrograms.withFolder { folder in
            let library = try await Self.grow(in: folder)
            let program = try await CPrograms.build(
                "Fixtures/c-interface/exercise.c", in: folder, ["-std=gnu11", "-pthread", "-DFIRST_HEADER"],
                header: Self.first,
                library: library)
            let run = try await CPrograms.shell("\(program) \(folder)", in: folder)
            #expect(run.exitCode == 0, "\(run.standardError)")
        }
    }
}
