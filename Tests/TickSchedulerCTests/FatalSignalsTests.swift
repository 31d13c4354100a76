import Foundation
import Glibc
import TestSupport
import Testing

/// The effect of signals on a C program that links the library, and so the Swift runtime with its backtracer.
@Suite("Fatal signals in a C program", .serialized)
struct FatalSignalsTests {
    enum Linkage: CaseIterable {
        case shared
        /// The program holds the library and the Swift runtime.
        case contained
    }

    private static let source = "Fixtures/c-interface/signals.c"
    private static let fatal = [SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP]

    private static func build(_ linkage: Linkage, in folder: String) async throws -> String {
        guard linkage == .contained else { return try await CPrograms.build(source, in: folder) }
        let libraries = try CPrograms.libraries()
        // As in the article LinkingFromC, with this build's library.
        let command = """
            export PKG_CONFIG_PATH=\(CPrograms.root)/Sources/CTickScheduler
            config="pkg-config --define-variable=libdir=\(libraries)"
            cc -g -std=gnu11 -c \(CPrograms.root)/\(source) -o signals.o $($config --cflags tickscheduler-static)
            swiftc -static-stdlib signals.o -o signals-alone $($config --libs tickscheduler-static)
            """
        let result = try await CPrograms.shell(command, in: folder)
        try #require(result.exitCode == 0, "\(result.standardError)")
        return "\(folder)/signals-alone"
    }

    private static func run(
        _ program: String, _ mode: String, send signals: [(after: String, signal: Int32)] = []
    ) async throws -> RunProcess.Result {
        var process = RunProcess(program, [mode])
        process.signals = signals.map { .init(containing: $0.after, send: $0.signal) }
        process.timeout = 20
        return try await process.run()
    }

    @Test(
        "a fatal signal that somebody sends ends a program whose loop ticks", .requires(.gcc, .cc, .pkgConfig),
        arguments: Linkage.allCases)
    func running(linkage: Linkage) async throws {
        try await CPrograms.withFolder { folder in
            let program = try await Self.build(linkage, in: folder)
            for signal in Self.fatal {
                let result = try await Self.run(program, "running", send: [("ready", signal)])
                #expect(result.signal == signal && !result.timedOut, "signal \(signal): \(result)")
            }
        }
    }

    @Test("a signal ends a program that has not yet called the shared library", .requires(.gcc))
    func idle() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await Self.build(.shared, in: folder)
            for signal in Self.fatal {
                let result = try await Self.run(program, "idle", send: [("ready", signal)])
                #expect(result.signal == signal && !result.timedOut, "signal \(signal): \(result)")
            }
        }
    }

    @Test(
        "a handler that the host program installed stays", .requires(.gcc, .cc, .pkgConfig), arguments: Linkage.allCases
    )
    func ownHandlers(linkage: Linkage) async throws {
        try await CPrograms.withFolder { folder in
            let program = try await Self.build(linkage, in: folder)
            let result = try await Self.run(
                program, "own",
                send: [("ready", SIGABRT), ("handled 06", SIGSEGV), ("handled 11", SIGTERM)])
            #expect(result.exitCode == 0, "\(result)")
        }
    }

    @Test(
        "abort(3) and a fault end it, too, each by its signal", .requires(.gcc, .cc, .pkgConfig),
        arguments: Linkage.allCases)
    func crashes(linkage: Linkage) async throws {
        try await CPrograms.withFolder { folder in
            let program = try await Self.build(linkage, in: folder)
            #expect(try await Self.run(program, "abort").signal == SIGABRT)
            #expect(try await Self.run(program, "crash").signal == SIGSEGV)
        }
    }
}
