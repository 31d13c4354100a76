import Foundation
import TestSupport
import Testing

extension RunTests {
    @Suite("tickrun run, on a host that follows PTP")
    struct PTPRunTests {
        /// The file of a cluster of one, whose node follows a ptp4l.
        private static func file(_ daemon: FakePTP4L, in folder: borrowing TemporaryFolder) throws -> String {
            let path = folder.path + "/a.json"
            try #"""
            {"schema":"tickrun/cluster/1","cluster":"c","node":"a","socket":"a.sock",
             "members":[{"name":"a","address":"127.0.0.1:\#(LoopbackPorts.one())"}],
             "ptp":{"socket":"\#(daemon.socket)","monitor":"\#(daemon.monitorPath)"}}
            """#.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test("a run waits until PTP bounds UTC; its session is anchored to PTP's time, and its ticks carry it")
        func anchored() async throws {
            let folder = try TemporaryFolder()
            let daemon = try FakePTP4L(in: folder.path)
            defer { daemon.stop() }
            let run = try await RunProcess.tickrun(
                "25", "--ticks", "10", "--cluster", try Self.file(daemon, in: folder), "--json", "--log", "none"
            ).run()
            let summary = run.lines.last ?? ""
            #expect(summary.contains(#""session_epoch_utc_source":"ptp""#), "\(run)")
            #expect(summary.contains(#""ptp":10,"ntp":0,"consensus":0,"system":0"#), "\(summary)")
        }

        @Test("if PTP does not bound UTC in time, the run begins with a warning that says why")
        func unbounded() async throws {
            let folder = try TemporaryFolder()
            var statement = FakePTP4L.Statement()
            statement.clockClass = 248
            let daemon = try FakePTP4L(in: folder.path, statement)
            defer { daemon.stop() }
            let run = try await RunProcess.tickrun(
                "25", "--ticks", "5", "--cluster", try Self.file(daemon, in: folder), "--cluster-wait", "2s", "--json",
                "--log", "none"
            ).run()
            #expect(run.standardError.contains("PTP has not bounded UTC within 2"), "\(run)")
            #expect(run.standardError.contains("the grandmaster's class is 248"))
            #expect(run.lines.last?.contains(#""session_epoch_utc_source":"ptp""#) == false)
        }
    }
}
