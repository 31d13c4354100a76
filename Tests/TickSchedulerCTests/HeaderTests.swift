import Foundation
import TestSupport
import Testing

@Suite("The C interface")
struct HeaderTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(CPrograms.root)/\(path)", encoding: .utf8)
    }

    /// The functions that the header declares.
    private static func declared() throws -> [String] {
        let header = try text("Sources/CTickScheduler/include/tick_scheduler.h")
        // At the beginning of a line: a type, then a name and its parameters.
        let pattern = /^(?:tick_status|uint32_t|int64_t|const char \*) ?(tick_\w+)\(/.anchorsMatchLineEndings()
        return header.matches(of: pattern).map { String($0.output.1) }.sorted()
    }

    @Test(
        "the header is clean C11 and C++17", .requires(.gcc, .gxx, .clang, .clangxx),
        arguments: [
            ("gcc", "c11", "c"), ("clang", "c11", "c"), ("g++", "c++17", "c++"), ("clang++", "c++17", "c++"),
        ])
    func clean(compiler: String, standard: String, language: String) async throws {
        try await CPrograms.withFolder { folder in
            let source = "\(folder)/one.c"
            // Twice: it guards itself.
            try "#include <tick_scheduler.h>\n#include <tick_scheduler.h>\nint main(void) { return 0; }\n"
                .write(toFile: source, atomically: true, encoding: .utf8)
            let result = try await RunProcess(
                "/usr/bin/env",
                [
                    compiler, "-x", language, "-std=\(standard)", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I",
                    CPrograms.header, "-fsyntax-only", source,
                ]
            ).run()
            #expect(result.exitCode == 0, "\(result.standardError)")
        }
    }

    @Test(
        "structs are laid out as programs were compiled against them, for either compiler", .requires(.gcc, .clang),
        arguments: ["gcc", "clang"])
    func layout(compiler: String) async throws {
        let result = try await RunProcess(
            "/usr/bin/env",
            [
                compiler, "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I", CPrograms.header,
                "-fsyntax-only",
                "\(CPrograms.root)/Fixtures/c-interface/layout.c",
            ]
        ).run()
        #expect(result.exitCode == 0, "\(result.standardError)")
    }

    @Test("each function of the header says what it is")
    func documented() throws {
        let lines = try Self.text("Sources/CTickScheduler/include/tick_scheduler.h").split(
            separator: "\n", omittingEmptySubsequences: false)
        for function in try Self.declared() {
            let place = try #require(
                lines.firstIndex { line in
                    line.contains("\(function)(") && !line.hasPrefix(" ") && !line.hasPrefix("/")
                })
            #expect(lines[place - 1].hasSuffix("*/"), "\(function)")
        }
    }

    @Test(
        "the library exports the functions that the header declares and the list names, and nothing else",
        .requires(.nm))
    func symbols() async throws {
        let library = try "\(CPrograms.libraries())/libtickscheduler.so"
        let result = try await RunProcess("/usr/bin/env", ["nm", "-D", "--defined-only", "--extern-only", library])
            .run()
        let exported = result.lines.compactMap { $0.split(separator: " ").last.map(String.init) }.sorted()
        let listed = try Self.text("Fixtures/c-interface/symbols.txt").split(separator: "\n").map(String.init)
        #expect(try Self.declared() == listed, "the interface has changed: say so in Fixtures/c-interface/symbols.txt")
        #expect(exported == listed)
    }

    @Test("every function of the header is exercised from C")
    func exercised() throws {
        let program = try Self.text("Fixtures/c-interface/exercise.c")
        for function in try Self.declared() { #expect(program.contains("\(function)("), "\(function)") }
    }

    @Test(
        "used as it is meant and misused in every way, nothing leaks, and no call touches what is not its own",
        .requires(.gcc, .valgrind))
    func exercise() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build(
                "Fixtures/c-interface/exercise.c", in: folder, ["-std=gnu11", "-pthread"])
            let plain = try await CPrograms.shell("\(program) \(folder)", in: folder)
            #expect(plain.exitCode == 0, "\(plain.standardError)")
            try FileManager.default.removeItem(atPath: "\(folder)/pushed.journal")
            let result = try await CPrograms.shell(
                "valgrind --error-exitcode=99 --leak-check=full --show-leak-kinds=definite "
                    + "--errors-for-leak-kinds=definite --fair-sched=yes \(program) \(folder)", in: folder, timeout: 300
            )
            #expect(result.exitCode == 0, "\(result.standardError.suffix(6_000))")
        }
    }

    @Test("the shared library needs no other library of Swift, Foundation least of all")
    func noSwift() async throws {
        let result = try await RunProcess(
            "/usr/bin/env", ["ldd", "\(CPrograms.libraries())/libtickscheduler.so"]
        ).run()
        let needed = result.standardOutput
        #expect(result.exitCode == 0 && !needed.contains("swift") && !needed.contains("Foundation"), "\(needed)")
    }

    @Test("a run recorded from C replays", .requires(.gcc))
    func journal() async throws {
        try await CPrograms.withFolder { folder in
            let program = try await CPrograms.build(
                "Fixtures/c-interface/exercise.c", in: folder, ["-std=gnu11", "-pthread"])
            let run = try await CPrograms.shell("\(program) \(folder)", in: folder)
            #expect(run.exitCode == 0, "\(run.standardError)")
            let replay = try await RunProcess.tickrun("replay", "\(folder)/pushed.journal").run()
            #expect(replay.exitCode == 0, "\(replay.standardOutput)\(replay.standardError)")
        }
    }
}
