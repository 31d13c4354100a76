import Foundation
import TestSupport
import Testing

/// The README's programs in C and C++ are copied out, and built by its own lines.
@Suite("The README, from C and C++")
struct ReadmeTests {
    /// The code of the blocks of a language.
    private static func blocks(_ language: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(CPrograms.root)/README.md", encoding: .utf8)
        return text.components(separatedBy: "\n```\(language)\n").dropFirst().map {
            $0.components(separatedBy: "\n```")[0] + "\n"
        }
    }

    @Test("each compiles by the README's own lines, runs, and ends by itself", .requires(.cc, .cxx, .pkgConfig))
    func programs() async throws {
        let c = try Self.blocks("c"), cpp = try Self.blocks("cpp")
        let lines = try #require(
            try Self.blocks("sh").first { $0.contains("pkg-config --cflags --libs tickscheduler") })
        try #require(c.count == 1 && cpp.count == 1)
        let libraries = try CPrograms.libraries()
        try await CPrograms.withFolder { folder in
            try c[0].write(toFile: "\(folder)/channel.c", atomically: true, encoding: .utf8)
            try cpp[0].write(toFile: "\(folder)/studio.cpp", atomically: true, encoding: .utf8)
            // As they stand, but for the library, which is this build's, and the folder that they are run in.
            let commands = lines.split(separator: "\n").filter { !$0.hasPrefix("swift build") && !$0.hasPrefix("#") }
                .map { $0.replacing("$PWD", with: CPrograms.root) }
                .map { $0.replacing("pkg-config ", with: "pkg-config --define-variable=libdir=\(libraries) ") }
            let built = try await CPrograms.shell(commands.joined(separator: " && "), in: folder)
            try #require(built.exitCode == 0, "\(built.standardError)")
            let channel = try await CPrograms.shell("./channel", in: folder)
            #expect(channel.exitCode == 0 && channel.lines.count == 30, "\(channel.standardError)")
            #expect(channel.lines.last?.hasPrefix("00:00:00;29 late by ") == true)
            let alone = try await CPrograms.shell("./channel-alone && ldd ./channel-alone", in: folder)
            #expect(alone.exitCode == 0 && alone.lines.count > 30 && !alone.standardOutput.contains("libswift"))
            let studio = try await CPrograms.shell("./studio", in: folder)
            #expect(studio.exitCode == 0 && studio.standardOutput.contains("of 25 ticks"), "\(studio.standardError)")
        }
    }
}
