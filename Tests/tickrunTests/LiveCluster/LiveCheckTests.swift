import ClusterClock
import Foundation
import Glibc
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeSyncAudit

extension RunProcess {
    /// A folder that does not exist, so that the program finds no running node, not even of another test.
    func withoutNodes() -> RunProcess {
        var process = self
        process.environment["XDG_RUNTIME_DIR"] = .some("/tmp/no-nodes-\(getpid())")
        return process
    }
}

/// 'tickrun check' against real programs: chronyd and chronyc, the kernel, kubectl, nodes of a cluster.
@Suite("tickrun check, of this host", .serialized)
struct LiveCheckTests {
    private func check(_ words: [String]) async throws -> (result: SyncResult, process: RunProcess.Result) {
        let process = try await RunProcess.tickrun(["check", "--json"] + words).withoutNodes().run()
        return (try SyncResult(json: Array(process.standardOutput.utf8), file: "-"), process)
    }

    /// The kernel's maxerror in microseconds, from another program.
    private func maximumError() async throws -> Int64 {
        let script = """
            import ctypes
            class Timex(ctypes.Structure):
                _fields_ = [("modes", ctypes.c_uint), ("pad", ctypes.c_int), ("offset", ctypes.c_long),
                            ("freq", ctypes.c_long), ("maxerror", ctypes.c_long), ("rest", ctypes.c_long * 26)]
            state = Timex()
            ctypes.CDLL(None).adjtimex(ctypes.byref(state))
            print(state.maxerror)
            """
        let found = try await RunProcess("/usr/bin/env", ["python3", "-c", script]).run()
        return try #require(found.lines.first.flatMap { Int64($0) }, "\(found.standardError)")
    }

    @Test(
        "the kernel of this host: its maxerror decides, and where it is too wide the remedy is said",
        .requires(.python3))
    func kernel() async throws {
        let expected = try await maximumError()
        let (result, process) = try await check(["--host", "here"])
        let kernel = try #require(result.nodes.first?.evidence.first { $0.method == .kernel })
        guard expected < 16_000_000 else {
            // No daemon ever updated it, so no program computed a bound.
            #expect(process.exitCode == 1 && kernel.state == .unfounded && kernel.boundNs == nil)
            #expect(kernel.reason?.contains("ceiling") == true)
            #expect(result.remedies.contains { $0.contains("apt-get install chrony") })
            return
        }
        let bound = try #require(kernel.boundNs)
        // It grows between the two reads, unless it is at its limit.
        #expect(abs(bound - expected * 1_000) < 10_000_000, "\(bound) ns, and \(expected) us by another program")
        guard expected > 25_000 else {
            #expect(process.exitCode == 0 && result.status == .pass)
            return
        }
        #expect(process.exitCode == 1 && result.status == .fail)
        #expect(
            result.note.contains("here may be") && result.remedies.contains { $0.contains("apt-get install chrony") })
    }

    @Test("a user without any privilege, capability or group measures the same", .requires(.python3, .setpriv))
    func unprivileged() async throws {
        let own = try TemporaryFolder(permissions: 0o755), folder = own.path
        // The build's folder may be closed to other users.
        let program = "\(folder)/tickrun"
        // Another process copies it: this one would hold it open for writing while it starts others.
        let copied = try await RunProcess("/bin/cp", [RunProcess.tickrun("").executable, program]).run()
        #expect(copied.exitCode == 0, "\(copied.standardError)")
        let server = try await ReferenceServer()
        defer { server.end() }
        let words = [program, "check", "--json", "--host", "here", "--ntp", server.address]
        let drop = [
            "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
            "--inh-caps=-all", "--ambient-caps=-all",
        ]
        let setpriv = RunProcess(Requirement.setpriv.path, (getuid() == 0 ? drop : ["--no-new-privs"]) + words)
            .withoutNodes()
        let process = try await setpriv.run()
        let result = try SyncResult(json: Array(process.standardOutput.utf8), file: "-")
        #expect(process.exitCode == 0 && result.status == .pass, "\(process.standardOutput)\(process.standardError)")
        let measured = result.nodes.flatMap(\.evidence).filter { $0.state == .measured }.map(\.method)
        #expect(measured.contains(.ntpQuery))
        // The kernel was asked too, whatever its answer is here.
        let kernel = result.nodes.flatMap(\.evidence).first { $0.method == .kernel }
        #expect(kernel?.state == .measured || kernel?.state == .unfounded)
    }

    @Test("a filter that forbids adjtimex makes the kernel's state unknown, not the clock wrong", .requires(.cc))
    func refusedKernel() async throws {
        var process = RunProcess.tickrun("check", "--json", "--host", "here").withoutNodes()
        process.environment["LD_PRELOAD"] = .some(try await RunShims.library("refuse_adjtimex"))
        let alone = try await process.run()
        let result = try SyncResult(json: Array(alone.standardOutput.utf8), file: "-")
        let kernel = try #require(result.nodes.first?.evidence.first { $0.method == .kernel })
        #expect(kernel.state == .unknown && kernel.reason?.contains("seccomp") == true)
        #expect(result.nodes.first?.standing == .unmeasured)
        // There is no other source, so there is no verdict on any clock.
        #expect(alone.exitCode == 69 && alone.standardError.contains("no clock could be asked"))
    }

    @Test(
        "chronyd by chronyc on its socket: within limits, 40 ms off, and not synchronised",
        .requires(.python3, .chronyd, .chronyc))
    func chrony() async throws {
        // Not 127.0.0.1: chronyd would give that as its reference, which is no evidence.
        let server = try await ReferenceServer(.init(address: "127.0.0.2"))
        defer { server.end() }
        func client(_ offset: String, _ server: String) throws -> ChronyServer {
            try ChronyServer(
                "server 127.0.0.2 port \(server) iburst minpoll -2 maxpoll 0 \(offset)", takesCommands: true)
        }
        let good = try client("", "\(server.port)"), off = try client("offset 0.04", "\(server.port)")
        let lost = try client("", "9")
        defer { for one in [good, off, lost] { one.end() } }

        /// Asks until chronyd has settled.
        func ask(
            _ chronyd: ChronyServer, until state: SyncResult.Evidence.State
        ) async throws -> (
            SyncResult.Evidence, SyncResult, Int32?
        ) {
            for _ in 0..<150 {
                let (result, process) = try await check(["--host", "here", "--chrony-socket", chronyd.commandSocket])
                let found = try #require(result.nodes.first?.evidence.first { $0.method == .chronyTracking })
                // Its dispersion shrinks with the first few samples.
                if found.state == state, found.boundNs ?? 0 < 5_000_000 { return (found, result, process.exitCode) }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("chronyd did not become \(state): \(chronyd.log)")
            throw LiveCluster.NoAnswer(description: "chronyd")
        }
        let settled = try await ask(good, until: .measured)
        #expect(settled.0.offsetNs.map { abs($0) < 2_000_000 } == true, "\(settled.0)")
        #expect(settled.1.status == .pass && settled.2 == 0)
        let behind = try await ask(off, until: .measured)
        #expect(behind.0.offsetNs.map { (38_000_000...42_000_000).contains($0) } == true, "\(behind.0)")
        #expect(behind.1.status == .fail && behind.2 == 1 && behind.1.note.contains("behind UTC"))
        let unsynchronised = try await ask(lost, until: .failed)
        #expect(unsynchronised.0.reason?.contains("not synchronised") == true)
    }

    @Test("of NTP servers, the points of a majority count, and a dead minority is reported", .requires(.python3))
    func ntp() async throws {
        let servers = try await ReferenceServer(.init(), .init(reference: "DCF"))
        defer { servers.end() }
        let list = servers.statements.map(\.text) + ["127.0.0.1:9"]
        let (result, process) = try await check(["--host", "here", "--ntp", list.joined(separator: ",")])
        let ntp = try #require(result.nodes.first?.evidence.first { $0.method == .ntpQuery })
        #expect(ntp.state == .measured && process.exitCode == 0, "\(process.standardOutput)")
        #expect(ntp.raw.count == 3 && ntp.raw["127.0.0.1:9"]?.contains("±") == false)
        let (minority, failed) = try await check(["--host", "here", "--ntp", "\(servers.address),127.0.0.1:9"])
        #expect(minority.nodes.first?.evidence.first { $0.method == .ntpQuery }?.state == .failed)
        // Then only the kernel decides.
        let error = try KernelClock.read().bound.error
        let isGood = error.map { $0 <= .milliseconds(25) } ?? false
        #expect(failed.exitCode == (isGood ? 0 : 1))
    }

    @Test("peers, from a running node and by polling: all within limits, then one 80 ms off", .requires(.cc))
    func peers() async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            for name in ["a", "b", "c"] { try await cluster.start(name) }
            _ = try await cluster.wait(["a", "b", "c"], atMost: 20) { $0.epoch > 0 }
            let (good, first) = try await check(["--socket", "\(cluster.folder)/a.sock"])
            #expect(first.exitCode == 0 && good.status == .pass, "\(first.standardOutput)")
            #expect(good.host == "a" && good.nodes.map(\.node) == ["a", "b", "c"])
            #expect(good.pairwiseWorst.map { $0.skewNs < 50_000_000 } == true)
            // Polling in a's place after a has ended; c's wall clock is stepped by 80 ms.
            cluster.kill("a")
            try cluster.shift("c", by: 80_000_000)
            let (far, second) = try await check(["--cluster", try cluster.file(of: "a"), "--timeout", "8s"])
            #expect(second.exitCode == 1 && far.status == .fail, "\(second.standardOutput)")
            #expect(far.note.contains("a and c") || far.note.contains("b and c"), "\(far.note)")
            // A member that does not answer is a node without evidence.
            cluster.kill("b")
            try cluster.shift("c", by: 0)
            let (alone, third) = try await check(["--config", try cluster.file(of: "a"), "--timeout", "4s"])
            #expect(third.exitCode == 1)
            #expect(alone.nodes.first { $0.node == "b" }?.standing == .unmeasured, "\(third.standardOutput)")
        }
    }

    @Test("heartbeats and leases as kubectl fetches them from an API server", .requires(.python3, .kubectl))
    func kubernetes() async throws {
        let own = try TemporaryFolder(), folder = own.path
        // Only recent heartbeats count.
        let whole = UTCInstant(nanoseconds: HostClock.utc().nanoseconds / 1_000_000_000 * 1_000_000_000)
        func ago(_ length: Nanoseconds) -> String { (whole - length).iso8601 }
        let nodes = """
            {"n0": {"heartbeat": "\(ago(.seconds(3)))", "renew": "\(ago(.milliseconds(1_750)))"},
             "n1": {"heartbeat": "\(ago(.seconds(1)))", "renew": "\(ago(.seconds(1)))"}}
            """
        try Data(nodes.utf8).write(to: URL(filePath: "\(folder)/nodes.json"))
        let server = try LiveProcess(
            RunProcess(
                "/usr/bin/env",
                [
                    "python3", Vectors.packageRoot.appending(path: "Fixtures/timesync/api-server.py").path,
                    "\(folder)/port", "\(folder)/nodes.json",
                ]), named: "api", in: folder)
        defer { server.end() }
        var port: String?
        for _ in 0..<100 where port == nil {
            try await Task.sleep(for: .milliseconds(50))
            port = try? String(contentsOfFile: "\(folder)/port", encoding: .utf8)
        }
        let config = """
            apiVersion: v1
            kind: Config
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:\(try #require(port, "\(server.errors)"))"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: {}}]
            current-context: c
            """
        try Data(config.utf8).write(to: URL(filePath: "\(folder)/config"))
        var process = RunProcess.tickrun("check", "--json", "--host", "n0", "--heartbeats", "--leases")
        process.environment = ["KUBECONFIG": "\(folder)/config", "HOME": folder, "XDG_RUNTIME_DIR": folder]
        let run = try await process.run()
        let result = try SyncResult(json: Array(run.standardOutput.utf8), file: "-")
        #expect(result.proxies.map(\.spreadSeconds) == [2, 0.75], "\(run.standardOutput)")
        #expect(result.nodes.map(\.node) == ["n0", "n1"] && result.nodes[1].standing == .unmeasured)
        server.end()
        let gone = try await process.run()
        #expect(gone.standardOutput.contains("kubectl failed"), "\(gone.standardOutput)")
        #expect(gone.standardOutput.contains("--heartbeats=FILE") && gone.standardOutput.contains("KUBECONFIG"))
        #expect(gone.exitCode == 1 || gone.exitCode == 0)
    }

    @Test("a signal ends even a check that takes longer than its interval")
    func slowWatch() async throws {
        let own = try TemporaryFolder(), folder = own.path
        // A port that is open and never answers: two seconds a check.
        let silent = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(silent) }
        var address = sockaddr_in(
            sin_family: sa_family_t(AF_INET), sin_port: 0, sin_addr: in_addr(s_addr: UInt32(0x7F00_0001).bigEndian),
            sin_zero: (0, 0, 0, 0, 0, 0, 0, 0))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(silent, $0, size) == 0 && getsockname(silent, $0, &size) == 0
            }
        }
        try #require(bound)
        let server = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        let process = try LiveProcess(
            RunProcess.tickrun("check", "--watch", "1s", "--history", "none", "--ntp", server, "--json")
                .withoutNodes(), named: "watch", in: folder)
        for _ in 0..<400 where process.lines.count < 2 { try await Task.sleep(for: .milliseconds(50)) }
        process.send(SIGINT)
        #expect(try await process.exitCode(within: 20) != nil)
    }

    @Test(
        "--watch checks again and again, keeps a history past a torn line, and ends with the last verdict",
        .requires(.python3))
    func watch() async throws {
        let own = try TemporaryFolder(), folder = own.path
        let history = "\(folder)/time_sync.history.jsonl"
        // As left by a process that was killed while it wrote.
        try Data("{\"schema\":\"tickrun/time-sy".utf8).write(to: URL(filePath: history))
        let server = try await ReferenceServer()
        defer { server.end() }
        let process = try LiveProcess(
            .tickrun(
                "check", "--watch", "1s", "--output", "\(folder)/time_sync.json", "--ntp", server.address, "--json"
            ).withoutNodes(),
            named: "watch", in: folder)
        for _ in 0..<200 where process.lines.count < 3 { try await Task.sleep(for: .milliseconds(50)) }
        process.send(SIGTERM)
        #expect(try await process.exitCode(within: 10) == 0, "\(process.errors)")
        #expect(process.errors.contains("torn"))
        let lines = try String(contentsOfFile: history, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == process.lines.count + 1 && process.lines.count >= 3)
        for (kept, printed) in zip(lines.dropFirst(), process.lines) {
            #expect(kept == printed)
            #expect(try SyncResult(json: Array(kept.utf8), file: "-").status == .pass)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).contains("time_sync.json"))
    }
}
