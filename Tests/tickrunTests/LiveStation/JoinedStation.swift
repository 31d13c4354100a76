import Foundation
import Glibc
import TestSupport
import Testing

// A station of two hosts whose channel is ticked by C programs: agents and programs are real processes, and a third
// member of the cluster is a plain node, so that one agent can be killed without the loss of the majority.

/// A tick that a program said was on air.
struct JoinedTick: Hashable {
    let index: Int64
    let fencingNumber: Int64
    let start: Int64
}

final class JoinedStation {
    static let hosts = ["a", "b"]
    let cluster: LiveCluster
    let etcd: EtcdCluster
    private let program: String
    private(set) var programs: [(host: String, process: LiveProcess)] = []

    private init(_ cluster: LiveCluster, _ etcd: EtcdCluster, _ program: String) {
        (self.cluster, self.etcd, self.program) = (cluster, etcd, program)
    }

    /// Runs a body with a station whose channel 'one' has a program on either host.
    static func with(standby: String = "hot", _ body: (JoinedStation) async throws -> Void) async throws {
        try await LiveCluster.with(["a", "b", "c"]) { cluster in
            let program = try await build(in: cluster.folder)
            let station = JoinedStation(cluster, try await EtcdCluster(), program)
            defer { for program in station.programs { program.process.end() } }
            let origin = Int64(Date().timeIntervalSince1970) - 100
            try await station.put(
                "channels/one/spec",
                #"{"hosts":["a","b"],"standby":"\#(standby)","isolation":"stop","#
                    + #""accepted_bound_nanoseconds":200000000}"#)
            try await station.put(
                "channels/one/grid",
                #"{"rate_numerator":25,"rate_denominator":1,"origin_tai_nanoseconds":\#(origin + 37)000000000,"#
                    + #""origin_utc_nanoseconds":\#(origin)000000000}"#)
            for name in cluster.names { cluster.settings[name] = #""stated_error_ns":5000000"# }
            try await cluster.start("c")
            for host in hosts {
                try await station.startAgent(host)
                try station.startProgram(host)
            }
            try await body(station)
        }
    }

    private static func build(in folder: String) async throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let libraries = URL(filePath: own).deletingLastPathComponent().path
        let root = Vectors.packageRoot.path, program = "\(folder)/joined"
        var compiler = RunProcess(
            "/usr/bin/env",
            [
                "gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I", "\(root)/Sources/CTickScheduler/include",
                "\(root)/Fixtures/pipelines/joined.c", "-o", program, "-L", libraries, "-ltickscheduler",
                "-Wl,-rpath,\(libraries)",
            ])
        compiler.timeout = 120
        let result = try await compiler.run()
        try #require(result.exitCode == 0, "\(result.standardError)")
        return program
    }

    private func put(_ key: String, _ value: String) async throws {
        let result = try await etcd.control("put", "/tickrun/live/\(key)", value)
        try #require(result.exitCode == 0, "\(result.standardError)")
    }

    private func metrics(_ host: String) -> String { "\(cluster.folder)/\(host).prom" }

    /// What the agent of the owner shows: the channel is on air, and nobody counted its ticks.
    func expectShown(_ host: String) async throws {
        try await wait("the metrics say that the channel is on air") {
            let text = try? String(contentsOfFile: self.metrics(host), encoding: .utf8)
            return text?.split(separator: "\n").contains {
                $0.hasPrefix("tickrun_channel_on_air{") && $0.contains(#"channel="one""#) && $0.hasSuffix(" 1")
            } ?? false
        }
        let line = cluster.processes[host]?.lines.last { $0.contains(#""schema":"tickrun/agent/1""#) } ?? "none"
        #expect(line.contains(#""on_air":true"#) && line.contains(#""ticks_on_air":null"#), "\(line)")
    }

    func startAgent(_ host: String) async throws {
        let file = try cluster.file(of: host), path = "\(cluster.folder)/\(host).station.json"
        let endpoints = etcd.endpoints.map { #"{"endpoint":"\#($0)"}"# }.joined(separator: ",")
        let json =
            #"{"schema":"tickrun/station/1","station":"live","host":"\#(host)","cluster":"\#(file)","#
            + #""state":"\#(host).memory.json","etcd":[\#(endpoints)],"join_socket":"\#(host).join","#
            + #""channels":[{"channel":"one","consumer":"program"}]}"#
        try Data(json.utf8).write(to: URL(filePath: path))
        try await cluster.start(
            host,
            ["agent", "--station", path, "--json", "--metrics", metrics(host), "--metrics-interval", "1s"])
    }

    /// Starts another program on a host.
    func startProgram(_ host: String) throws {
        let process = try LiveProcess(
            RunProcess(program, ["\(cluster.folder)/\(host).join", "one"]), named: "\(host)-program-\(programs.count)",
            in: cluster.folder)
        programs.append((host, process))
    }

    /// The program of a host that was started last.
    func program(of host: String) throws -> LiveProcess {
        try #require(programs.last { $0.host == host }).process
    }

    /// What a program said was on air.
    static func onAir(_ program: LiveProcess) -> [JoinedTick] {
        program.lines.compactMap { line in
            let numbers = line.split(separator: " ").compactMap { Int64($0) }
            return numbers.count == 3
                ? JoinedTick(index: numbers[0], fencingNumber: numbers[1], start: numbers[2]) : nil
        }
    }

    /// Waits until a host's program is on air under a number of at least this.
    ///
    /// - Returns: that host, and the number.
    func owner(from number: Int64 = 1, atMost seconds: Double = 90) async throws -> (host: String, number: Int64) {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            for host in Self.hosts {
                let process = try program(of: host)
                let ticks = Self.onAir(process).filter { $0.fencingNumber >= number }
                if !process.hasEnded, ticks.count >= 5, process.lines.last != "off", let last = ticks.last {
                    return (host, last.fencingNumber)
                }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw LiveCluster.NoAnswer(description: "no program is on air: \(transcript)")
    }

    func wait(_ what: String, atMost seconds: Double = 60, _ holds: () throws -> Bool) async throws {
        #expect(try await waitUntil(within: .seconds(seconds)) { try holds() }, "\(what): \(transcript)")
    }

    /// No index is on air twice, whichever program said so; numbers never fall from an index to a later one; and no
    /// program is on air after one with a higher number began.
    func expectOneOwner() {
        let ticks = programs.flatMap { Self.onAir($0.process) }.sorted { $0.index < $1.index }
        #expect(Set(ticks.map(\.index)).count == ticks.count, "an index was on air twice: \(transcript)")
        for (earlier, later) in zip(ticks, ticks.dropFirst()) {
            #expect(earlier.fencingNumber <= later.fencingNumber && earlier.start < later.start, "\(earlier) \(later)")
        }
    }

    var transcript: String {
        let said = programs.map { "\($0.host): \($0.process.lines.suffix(3)) \($0.process.errors.suffix(300))" }
        let agents = Self.hosts.map { "\($0): \(cluster.processes[$0]?.errors.suffix(3_000) ?? "not started")" }
        return (agents + said).joined(separator: "\n")
    }
}
