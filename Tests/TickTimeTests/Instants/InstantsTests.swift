import Foundation
import TestSupport
import Testing
import TickTime

@Suite("Instants")
struct InstantsTests {
    @Test("the difference of two readings of one clock is a length, and a length moves a reading")
    func arithmetic() {
        let (a, b) = (MonotonicInstant(nanoseconds: 5), MonotonicInstant(nanoseconds: 12))
        #expect(b - a == Nanoseconds(7) && a - b == Nanoseconds(-7))
        #expect(a + Nanoseconds(7) == b && b - Nanoseconds(7) == a && a < b)
        #expect((a - b).magnitude == Nanoseconds(7) && -(a - b) == Nanoseconds(7))
        #expect(Nanoseconds.seconds(1) == .milliseconds(1_000) && Nanoseconds.milliseconds(1) == .microseconds(1_000))
    }

    @Test("the compiler refuses to subtract a monotonic instant from a UTC one, or to compare them")
    func clocksDoNotMix() throws {
        let prelude = """
            import TickTime
            let mono = MonotonicInstant(nanoseconds: 1), utc = UTCInstant(nanoseconds: 1)
            """
        // What may be written, so that a refusal below is not that of a broken set-up.
        let allowed = try typecheck(prelude + "\nlet l: Nanoseconds = utc - utc; let b: Bool = mono < mono")
        #expect(allowed.accepted, "\(allowed.output)")
        let expressions = ["utc - mono", "mono - utc", "utc < mono", "utc == mono", "mono + mono"]
        let refused = try typecheck(([prelude] + expressions.map { "_ = \($0)" }).joined(separator: "\n"))
        #expect(!refused.accepted)
        for (index, expression) in expressions.enumerated() {
            let line = index + 3  // after the two lines of the prelude
            #expect(refused.output.contains(try Regex("\\.swift:\(line):[0-9]+: error:")), "\(expression) compiled")
        }
    }

    /// Whether the compiler accepts `source`, and what it says.
    private func typecheck(_ source: String) throws -> (accepted: Bool, output: String) {
        let products = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            .deletingLastPathComponent()
        let folder = try TemporaryFolder(), file = folder.url.appending(path: "clocks.swift")
        try source.write(to: file, atomically: true, encoding: .utf8)

        let compiler = Process()
        compiler.executableURL = URL(filePath: "/usr/bin/env")
        compiler.arguments = ["swiftc", "-typecheck", "-I", products.appending(path: "Modules").path(), file.path()]
        let pipe = Pipe()
        compiler.standardOutput = pipe
        compiler.standardError = pipe
        try compiler.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        compiler.waitUntilExit()
        return (compiler.terminationStatus == 0, output)
    }
}
