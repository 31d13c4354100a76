import Foundation
import Glibc
import TestSupport
import Testing

// A station of real processes: three members of etcd, and agents as `tickrun agent` on loopback.

/// What 'tickrun agent --json' prints once a second.
struct AgentLine: Decodable {
    struct Channel: Decodable {
        let channel: String
        let role: String
        let fencingNumber: Int64?
        let firstTick: Int64?
        let ticksOnAir: Int64
        let ticksUnfenced: Int64
        let lastTickOnAir: Int64?
    }

    let tenure: String
    let generation: Int64
    let validForNs: Int64?
    let primaryView: Int64?
    let channels: [Channel]
}

/// What 'tickrun replay --channel --json' prints.
struct ChannelReplayLine: Decodable {
    struct Owner: Decodable {
        let fencingNumber: Int64
        let journal: String
        let firstTick: Int64
        let lastTick: Int64
        let ticks: Int64
        let phaseJumpNs: Int64?
    }

    struct Gap: Decodable {
        let firstTick: Int64
        let lastTick: Int64
        let lengthNs: Int64
    }

    let good: Bool
    let ticksOnAir: Int64
    let ticksUnfenced: Int64
    let faults: Int64
    let owners: [Owner]
    let gaps: [Gap]
}

final class LiveStation {
    static let hosts = ["a", "b", "c"]
    let cluster: LiveCluster
    let etcd: EtcdCluster
    private var journals: [String] = []
    private var relays = 0
    private var starts = 0

    private init(_ cluster: LiveCluster, _ etcd: EtcdCluster) {
        self.cluster = cluster
        self.etcd = etcd
    }

    /// Runs a body with a station whose hosts have one channel, 'one', on air, and removes everything after it.
    static func with(
        rate: (UInt32, UInt32), standby: String = "hot", isolation: String = "stop",
        _ body: (LiveStation) async throws -> Void
    ) async throws {
        try await LiveCluster.with(hosts) { cluster in
            let station = LiveStation(cluster, try await EtcdCluster(members: 3))
            let origin = Int64(Date().timeIntervalSince1970) - 100
            try await station.put(
                "channels/one/spec",
                #"{"hosts":["a","b","c"],"standby":"\#(standby)","isolation":"\#(isolation)","#
                    + #""accepted_bound_nanoseconds":200000000}"#)
            try await station.put(
                "channels/one/grid",
                #"{"rate_numerator":\#(rate.0),"rate_denominator":\#(rate.1),"#
                    + #""origin_tai_nanoseconds":\#(origin + 37)000000000,"#
                    + #""origin_utc_nanoseconds":\#(origin)000000000}"#)
            for host in hosts {
                cluster.settings[host] = #""stated_error_ns":5000000"#
                try await station.start(host)
            }
            _ = try await station.owner(atMost: 60)
            try await body(station)
        }
    }

    func put(_ key: String, _ value: String) async throws {
        let result = try await etcd.control("put", "/tickrun/live/\(key)", value)
        try #require(result.exitCode == 0, "\(result.standardError)")
    }

    func start(_ host: String) async throws {
        starts += 1
        let file = try cluster.file(of: host), folder = cluster.folder
        let endpoints = etcd.endpoints.map { #"{"endpoint":"\#($0)"}"# }.joined(separator: ",")
        let json =
            #"{"schema":"tickrun/station/1","station":"live","host":"\#(host)","cluster":"\#(file)","#
            + #""state":"\#(host).memory.json","etcd":[\#(endpoints)]}"#
        let path = "\(folder)/\(host).station.json", journal = "\(folder)/\(host)-\(starts).journal"
        try Data(json.utf8).write(to: URL(filePath: path))
        try await cluster.start(host, ["agent", "--station", path, "--journal", journal, "--json"])
        journals.append(journal)
    }

    func line(_ host: String) -> AgentLine? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let process = cluster.processes[host], !process.hasEnded else { return nil }
        let last = process.lines.last { $0.contains(#""schema":"tickrun/agent/1""#) }
        return last.flatMap { try? decoder.decode(AgentLine.self, from: Data($0.utf8)) }
    }

    /// The host that has the channel on air, once its loop has delivered under a number above this.
    func owner(above number: Int64 = 0, atMost seconds: Double) async throws -> String {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            for host in Self.hosts {
                guard let channel = line(host)?.channels.first, channel.role == "owner",
                    channel.fencingNumber ?? 0 > number, let first = channel.firstTick,
                    channel.lastTickOnAir ?? -1 >= first
                else { continue }
                return host
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw LiveCluster.NoAnswer(description: "nobody has the channel on air: \(transcript)")
    }

    /// The fencing number of the channel's air, as etcd has it.
    func fencingNumber() async throws -> Int64 {
        let result = try await etcd.control("get", "/tickrun/live/channels/one/air", "--print-value-only")
        struct Air: Decodable { let fencingNumber: Int64 }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Air.self, from: Data(result.standardOutput.utf8)).fencingNumber
    }

    /// Moves the channel, and waits until the other host has it on air.
    func move(to host: String) async throws {
        relays += 1
        let before = try await fencingNumber()
        try await put(
            "channels/one/relay",
            #"{"id":\#(relays),"target":"\#(host)","place":{"soonest":{}},"state":{"requested":{}}}"#)
        let owner = try await owner(above: before, atMost: 60)
        #expect(owner == host, "\(transcript)")
    }

    /// Ends the agents by SIGINT, so that their journals are whole.
    func endAgents() async throws {
        for host in Self.hosts { cluster.processes[host]?.send(SIGINT) }
        for host in Self.hosts { _ = try await cluster.processes[host]?.exitCode(within: 30) }
    }

    /// Checks all journals of the channel against each other.
    func replay(_ more: [String] = []) async throws -> (exitCode: Int32?, line: ChannelReplayLine) {
        let made = journals.filter { FileManager.default.fileExists(atPath: $0) }
        let result = try await RunProcess.tickrun(["replay", "--channel", "one", "--json"] + made + more).run()
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let line = try #require(result.lines.first, "\(result.standardError)")
        return (result.exitCode, try decoder.decode(ChannelReplayLine.self, from: Data(line.utf8)))
    }

    var journalPaths: [String] { journals }

    var transcript: String {
        Self.hosts.map { "\($0): \(cluster.processes[$0]?.errors.suffix(3_000) ?? "not started")" }
            .joined(separator: "\n")
    }
}
