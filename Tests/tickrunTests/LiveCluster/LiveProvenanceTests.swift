import ClusterClock
import Foundation
import TestSupport
import Testing
import TickLinux
import TickTime
import TimeSyncAudit

/// The provenance of bounds from real servers, daemons and kernels. A source that does not follow UTC proves nothing.
@Suite("tickrun check of clocks that no daemon disciplines", .serialized)
struct LiveProvenanceTests {
    private func check(_ words: [String]) async throws -> (SyncResult, Int32?) {
        let process = try await RunProcess.tickrun(["check", "--json", "--host", "here"] + words).withoutNodes().run()
        return (try SyncResult(json: Array(process.standardOutput.utf8), file: "-"), process.exitCode)
    }

    private func evidence(_ result: SyncResult, _ method: SyncMethod) throws -> SyncResult.Evidence {
        try #require(result.nodes.first?.evidence.first { $0.method == method }, "\(result)")
    }

    @Test(
        "a chronyd with 'local stratum 10' and no source: by NTP and by chronyc, unreferenced",
        .requires(.chronyd, .chronyc))
    func localStratum() async throws {
        let server = try ChronyServer("local stratum 10", takesCommands: true)
        defer { server.end() }
        for (words, method) in [
            (["--ntp", server.address], SyncMethod.ntpQuery),
            (["--chrony-socket", server.commandSocket], .chronyTracking),
        ] {
            var found: (SyncResult, Int32?)?
            for _ in 0..<50 {
                found = try await check(words)
                if let found, try evidence(found.0, method).state == .unfounded { break }
                try await Task.sleep(for: .milliseconds(100))
            }
            let (result, exitCode) = try #require(found)
            let piece = try evidence(result, method)
            #expect(piece.state == .unfounded && piece.provenance == "unreferenced", "\(result)")
            #expect(piece.reason?.contains("127.127.1.1") == true && result.status == .fail && exitCode == 1)
            // The stated bound is shown, but does not count.
            #expect(piece.offsetNs != nil && piece.boundNs != nil && result.nodes[0].utcBoundNs == nil)
        }
    }

    @Test("a chronyd that was set by hand has no bound", .requires(.chronyd, .chronyc))
    func manual() async throws {
        let server = try ChronyServer("manual", takesCommands: true)
        defer { server.end() }
        var settled = ""
        for _ in 0..<50 where !settled.contains("Clock was") && !settled.contains("200 OK") {
            try await Task.sleep(for: .milliseconds(100))
            let now = try await RunProcess("/bin/date", ["+%b %d %Y %H:%M:%S"]).run().lines[0]
            let set = try await RunProcess(Requirement.chronyc.path, ["-h", server.commandSocket, "settime \(now)"])
                .run()
            settled = set.standardOutput + set.standardError
        }
        let (result, exitCode) = try await check(["--chrony-socket", server.commandSocket])
        let piece = try evidence(result, .chronyTracking)
        #expect(piece.state != .measured && exitCode == 1, "\(settled) \(result)")
        let (byNTP, code) = try await check(["--ntp", server.address])
        #expect(try evidence(byNTP, .ntpQuery).state != .measured && code == 1)
    }

    @Test(
        "a chronyd with an upstream of ours that follows GPS passes, and 'chronyc waitsync' agrees",
        .requires(.chronyd, .chronyc, .python3))
    func upstream() async throws {
        let source = try await ReferenceServer(.init(address: "127.0.0.2"))
        defer { source.end() }
        let chronyd = try ChronyServer(
            "server 127.0.0.2 port \(source.port) iburst minpoll -2 maxpoll 0", takesCommands: true)
        defer { chronyd.end() }
        for _ in 0..<100 where !FileManager.default.fileExists(atPath: chronyd.commandSocket) {
            try await Task.sleep(for: .milliseconds(50))
        }
        // It waits until the clock is within 25 ms as chronyd states, up to twenty times half a second.
        let wait = try await RunProcess(
            Requirement.chronyc.path, ["-h", chronyd.commandSocket, "waitsync", "40", "0.025", "0", "0.5"]
        ).run()
        #expect(wait.exitCode == 0, "\(wait.standardOutput)\(chronyd.log)")
        for words in [["--chrony-socket", chronyd.commandSocket], ["--ntp", chronyd.address]] {
            var status = SyncStatus.fail
            for _ in 0..<50 where status != .pass {
                status = try await check(words).0.status
                if status != .pass { try await Task.sleep(for: .milliseconds(200)) }
            }
            #expect(status == .pass, "\(words)")
        }
        // If waitsync times out, the check fails.
        let free = try ChronyServer("local stratum 10", takesCommands: true)
        defer { free.end() }
        let (result, exitCode) = try await check(["--chrony-socket", free.commandSocket])
        #expect(exitCode == 1 && result.status == .fail)
    }

    @Test(
        "servers that say of themselves what leads to no UTC, or too little", .requires(.python3),
        arguments: [
            (ReferenceServer.Statement(reference: "LOCL", stratum: 1), "unreferenced"),
            (.init(reference: "LOCL", stratum: 5, dispersion: 0.01), "unreferenced"),
            (.init(reference: "127.0.0.1", stratum: 6), "unreferenced"),
            (.init(reference: "127.127.1.0", stratum: 6), "unreferenced"),
            (.init(reference: "STEP", stratum: 3), "unreferenced"),
            (.init(reference: "PTP0", stratum: 1), "unreferenced"),
            (.init(reference: "MANU", stratum: 2), "unstated"),
            // A day at 15 ppm is 1.3 s.
            (.init(age: 86_400, offset: 0), nil),
        ] as [(ReferenceServer.Statement, String?)])
    func servers(statement: ReferenceServer.Statement, provenance: String?) async throws {
        let server = try await ReferenceServer(statement)
        defer { server.end() }
        let (result, exitCode) = try await check(["--ntp", server.address])
        let piece = try evidence(result, .ntpQuery)
        #expect(result.status == .fail && exitCode == 1, "\(result)")
        if let provenance { #expect(piece.state == .unfounded && piece.provenance == provenance, "\(piece)") }
    }

    /// An address of this host other than loopback.
    private static func ownAddress() async throws -> String? {
        let own = try await RunProcess("/bin/hostname", ["-I"]).run().standardOutput
        return own.split(whereSeparator: \.isWhitespace).first { $0.contains(".") }.map(String.init)
    }

    @Test(
        "a server that follows this host is circular, at any stratum; on loopback with a real reference it is good",
        .requires(.python3),
        .enabled("needs an address beside loopback: join a network") { try await ownAddress() != nil })
    func circular() async throws {
        let address = try #require(try await Self.ownAddress())
        let servers = try await ReferenceServer(
            .init(reference: address, stratum: 3), .init(reference: "203.0.113.9", stratum: 3, age: nil))
        defer { servers.end() }
        let (result, exitCode) = try await check(["--ntp", servers.statements[0].text])
        #expect(try evidence(result, .ntpQuery).provenance == "circular" && exitCode == 1, "\(result)")
        let (good, code) = try await check(["--ntp", servers.statements[1].text])
        #expect(good.status == .pass && code == 0, "\(good)")
    }

    @Test(
        "one server under two names and a dead one is one voter of two; another clock makes a majority",
        .requires(.python3))
    func names() async throws {
        let servers = try await ReferenceServer(.init(), .init(reference: "203.0.113.9", stratum: 2))
        defer { servers.end() }
        let twice = "127.0.0.1:\(servers.port),localhost:\(servers.port)"
        let (result, exitCode) = try await check(["--ntp", "\(twice),127.0.0.1:9"])
        #expect(exitCode == 1 && result.status == .fail, "\(result)")
        let reason = try evidence(result, .ntpQuery).reason
        #expect(reason?.contains("3 server names belong to 2 clocks") == true, "\(result)")
        let (good, code) = try await check(["--ntp", "\(twice),\(servers.statements[1].text),127.0.0.1:9"])
        #expect(code == 0 && good.status == .pass, "\(good)")
    }

    /// A process that reads the kernel's state as such a time daemon leaves it.
    private func kernel(_ process: RunProcess, maximum: Int, estimate: Int) async throws -> RunProcess {
        var process = process.withoutNodes()
        process.environment["LD_PRELOAD"] = .some(try await RunShims.library("state_adjtimex"))
        process.environment["ADJTIMEX_MAXERROR_US"] = "\(maximum)"
        process.environment["ADJTIMEX_ESTERROR_US"] = "\(estimate)"
        return process
    }

    @Test(
        "systemd-timesyncd's kernel bounds nothing: the check, the gate, the host, the journal and the anchor agree",
        .requires(.cc))
    func timesyncd() async throws {
        let own = try TemporaryFolder(), folder = own.path
        for (estimate, isBound) in [(0, false), (88, true)] {
            let checked = try await kernel(
                .tickrun("check", "--json", "--host", "here"), maximum: 5_000, estimate: estimate
            ).run()
            let result = try SyncResult(json: Array(checked.standardOutput.utf8), file: "-")
            #expect(checked.exitCode == (isBound ? 0 : 1) && result.status == (isBound ? .pass : .fail))
            #expect(try evidence(result, .kernel).provenance == (isBound ? "referenced" : "unstated"))

            let gate = try await kernel(
                .tickrun("25", "--ticks", "2", "--require-sync", "--quiet", "--no-levels"), maximum: 5_000,
                estimate: estimate
            ).run()
            #expect(gate.exitCode == (isBound ? 0 : 3), "\(gate.standardError)")

            let host = try await kernel(.tickrun("host", "--json"), maximum: 5_000, estimate: estimate).run()
            let verdict = try #require(host.lines.first { $0.contains("clock_synchronization") } ?? host.lines.first)
            #expect(verdict.contains("esterror is 0") == !isBound, "\(verdict)")

            let journal = "\(folder)/\(estimate).journal"
            let run = try await kernel(
                .tickrun("25", "--ticks", "40", "--journal", journal, "--json", "--no-levels"), maximum: 5_000,
                estimate: estimate
            ).run()
            #expect(run.exitCode == 0, "\(run.standardError)")
            let source = isBound ? "ntp" : "system"
            #expect(run.standardOutput.contains(#""session_epoch_utc_source":"\#(source)""#), "\(run.lines.last ?? "")")
            let samples = try await RunProcess.tickrun("journal", "cat", journal, "--json").run()
            #expect(samples.exitCode == 0)
            let hasSamples = samples.standardOutput.contains(#""source":"Ntp""#)
            #expect(hasSamples == isBound, "\(samples.lines.prefix(30))")
        }
    }

    @Test("a member's stated error needs a computed bound", .requires(.cc))
    func statedError() async throws {
        for (estimate, isBound) in [(0, false), (88, true)] {
            try await LiveCluster.with(["a", "b"]) { cluster in
                cluster.preloads = [try await RunShims.library("state_adjtimex")]
                cluster.environment["ADJTIMEX_MAXERROR_US"] = "5000"
                cluster.environment["ADJTIMEX_ESTERROR_US"] = "\(estimate)"
                try await cluster.start("a")
                let said = try await cluster.ask("a", atMost: 15) { $0.ntpSynced == isBound && $0.traceable == isBound }
                #expect(said?.ntpSynced == isBound, "\(cluster.transcript)")
                #expect(
                    isBound ? said?.statedErrorNs ?? 0 >= 5_000_000 : said?.statedErrorNs == nil,
                    "\(cluster.transcript)")
            }
        }
    }
}
