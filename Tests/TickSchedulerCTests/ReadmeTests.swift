import Foundation
import TestSupport
import Testing

/// The programs in C and C++ of the README and of the articles are copied out, and built by their own lines.
@Suite("The documentation, from C and C++")
struct ReadmeTests {
    /// The files that show a program in C or C++, or how to build one.
    private static func files() throws -> [String] {
        let programs = try (Documentation.blocks("c") + Documentation.blocks("cpp")).map(\.file)
        let builds = try Documentation.blocks("sh").filter { $0.block.code.contains("$(pkg-config ") }.map(\.file)
        return Set(programs + builds).sorted()
    }

    private static func blocks(_ language: String, in file: String) throws -> [String] {
        try Documentation.blocks(language).filter { $0.file == file }.map { $0.block.code + "\n" }
    }

    @Test(
        "each compiles by the lines of its text, runs, and ends by itself", .requires(.cc, .cxx, .pkgConfig),
        arguments: try files())
    func programs(file: String) async throws {
        let lines = try #require(try Self.blocks("sh", in: file).first { $0.contains("pkg-config ") })
        let libraries = try CPrograms.libraries()
        try await CPrograms.withFolder { folder in
            var names: [String] = []
            for code in try Self.blocks("c", in: file) + Self.blocks("cpp", in: file) {
                // The first line of a program is a comment with the name of its file.
                let first = try #require(code.split(separator: "\n").first)
                let name = try #require(first.hasPrefix("// ") ? String(first.dropFirst(3)) : nil, "\(file): \(first)")
                try code.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
                names.append(name)
            }
            try #require(!names.isEmpty)
            // As they stand, but for the library, which is this build's, and the folder that they are run in.
            let commands = lines.split(separator: "\n").filter { !$0.hasPrefix("swift build") && !$0.hasPrefix("#") }
                .map { $0.replacing("$PWD", with: CPrograms.root) }
                .map { $0.replacing("cc -std=c11", with: "cc -std=c11 -Wall -Wextra -pedantic -Werror") }
                .map { $0.replacing("c++ -std=c++17", with: "c++ -std=c++17 -Wall -Wextra -pedantic -Werror") }
                .map { $0.replacing("pkg-config ", with: "pkg-config --define-variable=libdir=\(libraries) ") }
            let built = try await CPrograms.shell(commands.joined(separator: " && "), in: folder)
            try #require(built.exitCode == 0, "\(file): \(built.standardError)")
            for name in names {
                let program = (name as NSString).deletingPathExtension
                let run = try await CPrograms.shell("./\(program)", in: folder)
                #expect(run.exitCode == 0 && !run.lines.isEmpty, "\(file): \(program): \(run.standardError)")
            }
        }
    }

    @Test(
        "a program of the article prints its ticks, and the static library needs no Swift runtime beside it",
        .requires(.cc, .cxx, .pkgConfig))
    func article() async throws {
        let file = "Sources/TickSchedulerC/TickSchedulerC.docc/LinkingFromC.md"
        let lines = try #require(try Self.blocks("sh", in: file).first { $0.contains("pkg-config ") })
        let program = try #require(try Self.blocks("c", in: file).first)
        let libraries = try CPrograms.libraries()
        try await CPrograms.withFolder { folder in
            try program.write(toFile: "\(folder)/channel.c", atomically: true, encoding: .utf8)
            let commands = lines.split(separator: "\n")
                .filter { $0.hasPrefix("export ") || $0.contains("channel.") }
                .map { $0.replacing("$PWD", with: CPrograms.root) }
                .map { $0.replacing("pkg-config ", with: "pkg-config --define-variable=libdir=\(libraries) ") }
            let built = try await CPrograms.shell(commands.joined(separator: " && "), in: folder)
            try #require(built.exitCode == 0, "\(built.standardError)")
            let channel = try await CPrograms.shell("./channel", in: folder)
            #expect(channel.exitCode == 0 && channel.lines.count == 30, "\(channel.standardError)")
            #expect(channel.lines.last?.hasPrefix("00:00:00;29 late by ") == true)
            let alone = try await CPrograms.shell("./channel-alone && ldd ./channel-alone", in: folder)
            #expect(alone.exitCode == 0 && alone.lines.count > 30 && !alone.standardOutput.contains("libswift"))
        }
    }
}
