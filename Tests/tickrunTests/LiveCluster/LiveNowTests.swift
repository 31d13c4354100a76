import Foundation
import Glibc
import TestSupport
import Testing

/// 'tickrun time now' against a real node: the time is that of the moment of the request.
@Suite("The time now", .serialized, .requires(.cc))
struct LiveNowTests {
    /// CLOCK_MONOTONIC, which all processes of a host share.
    private static func monotonic() -> Int64 { clock(CLOCK_MONOTONIC) }

    private static func clock(_ id: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(id, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The host's UTC at an instant of CLOCK_MONOTONIC, from the narrowest of a few of this test's brackets.
    private struct Truth {
        private var utc: Int64 = 0
        private var monotonic: Int64 = 0
        private(set) var halfBracket = Int64.max

        init() {
            for _ in 0..<20 {
                let before = LiveNowTests.monotonic(), utc = LiveNowTests.clock(CLOCK_REALTIME)
                let half = (LiveNowTests.monotonic() - before + 1) / 2
                if half < halfBracket { (self.utc, monotonic, halfBracket) = (utc, before + half, half) }
            }
        }

        func utc(at monotonic: Int64) -> Int64 { utc + (monotonic - self.monotonic) }
    }

    @Test(
        "60 calls: each is of an instant within the call, and its bounds hold the host's time at that instant",
        .timeLimit(.minutes(2)))
    func fresh() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in cluster.names {
                // All clocks are this host's, so that even a bound this tight is true.
                cluster.settings[name] = #""stated_error_ns":100000,"poll_interval_ns":100000000"#
                try await cluster.start(name)
            }
            let agreed = try await cluster.ask("a", "now", atMost: 20) { $0.status == "synchronized" && $0.holds }
            try #require(agreed != nil, "\(cluster.transcript)")
            let few = Int64(3_000_000)
            for _ in 0..<60 {
                let (truth, before) = (Truth(), Self.monotonic())
                let said = try await cluster.ask("a", "now")
                let (after, later) = (Self.monotonic(), Truth())
                #expect(before <= said.monotonicNs && said.monotonicNs <= after, "\(before) \(said) \(after)")
                // The two clocks differ by the host's sleep since its boot.
                let slept = Self.clock(CLOCK_BOOTTIME) - Self.monotonic()
                #expect(abs(said.boottimeNs - said.monotonicNs - slept) < few, "\(said)")
                let (earliest, latest) = (try #require(said.earliestUtcNs), try #require(said.latestUtcNs))
                for truth in [truth, later] {
                    let utc = truth.utc(at: said.monotonicNs), open = truth.halfBracket
                    #expect(earliest - open <= utc && utc <= latest + open, "\(utc) is not in \(earliest)...\(latest)")
                    #expect(abs(said.timeUtcNs - utc) < latest - earliest + few, "\(said)")
                    #expect(abs(said.hostUtcNs - utc) < few, "\(said)")
                }
            }
            let text = try await RunProcess.tickrun("time", "now", "--socket", "\(cluster.folder)/a.sock").urgently
                .run()
            let words = text.standardOutput.split(whereSeparator: \.isWhitespace)
            let seconds = words.firstIndex(of: "CLOCK_MONOTONIC").flatMap { Double(words[$0 + 1]) }
            #expect(text.exitCode == 0 && seconds.map { abs($0 - Double(Self.monotonic()) / 1e9) < 30 } == true)
        }
    }

    @Test("a node whose process is stopped is not waited for longer than --timeout allows, and the error says so")
    func stopped() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            try await cluster.start("a")
            _ = try await cluster.ask("a", "status", atMost: 20) { _ in true }
            let process = try #require(cluster.processes["a"])
            process.send(SIGSTOP)
            let begun = ContinuousClock.now
            let asked = try await RunProcess.tickrun(
                "time", "status", "--socket", "\(cluster.folder)/a.sock", "--timeout", "500ms"
            ).run()
            process.send(SIGCONT)
            #expect(asked.exitCode == 69 && asked.standardOutput.isEmpty)
            #expect(asked.standardError.contains("did not answer within"), "\(asked.standardError)")
            #expect(ContinuousClock.now - begun < .seconds(30))
        }
    }

    @Test("without a majority, 'now' and 'status' exit with 1, give the reason, and still print what is known")
    func alone() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            cluster.settings["a"] = #""stated_error_ns":1000000"#
            try await cluster.start("a")
            let said = try await cluster.ask("a", atMost: 10) { _ in true }
            try #require(said != nil, "\(cluster.transcript)")
            for question in ["now", "status", "peers", "drift"] {
                let words = ["time", question, "--socket", "\(cluster.folder)/a.sock"]
                let result = try await RunProcess.tickrun(words + ["--json"]).urgently.run()
                let line = try NodeLine.decoded(try #require(result.lines.first, "\(result)"))
                #expect(result.exitCode == 1 && !line.holds && line.question == question, "\(result)")
                let why = try #require(line.why)
                #expect(result.standardError.contains(why))
                let text = try await RunProcess.tickrun(words).urgently.run()
                #expect(text.exitCode == 1 && !text.standardOutput.isEmpty, "\(text)")
            }
            let help = try await RunProcess.tickrun("time", "--help").urgently.run()
            for text in ["Exit codes: 0", "69 no node answers", "*  agrees", "?  silent", "monotonic_ns"] {
                #expect(help.standardOutput.contains(text), "\(text)")
            }
        }
    }
}
