import Foundation
import Glibc
import TestSupport
import Testing

// A station of real processes: three members of etcd, and agents as `tickrun agent`. Each host has its own network
// namespace if that is asked for and allowed, and is otherwise on ports of loopback.

final class LiveStation {
    struct Setup {
        /// The channels and their rates.
        var channels: [(name: String, rate: (UInt32, UInt32))] = [("one", (25, 1))]
        var standby = "hot"
        var isolation = "stop"
        var isInNamespaces = false
        /// The host whose network passes through relays.
        var relayed: String?
        /// The length of each block of the channels' plans; `nil`: no plan.
        var blockSeconds: Int64?
        /// The command of each channel.
        var command: ((_ folder: String, _ host: String, _ start: Int) -> String)?
        var hasJournals = true
    }

    /// One start of a host's agent.
    struct Start {
        let host: String
        let number: Int
        let journal: String
        let process: LiveProcess
    }

    static let hosts = ["a", "b", "c"]
    let cluster: LiveCluster
    let etcd: EtcdCluster
    let setup: Setup
    private(set) var relays: StationRelays?
    private(set) var starts: [Start] = []
    private var moves = 0
    /// Moves that were cancelled and asked for again.
    private(set) var cancelled: [String] = []

    private init(_ cluster: LiveCluster, _ etcd: EtcdCluster, _ setup: Setup) throws {
        self.cluster = cluster
        self.etcd = etcd
        self.setup = setup
        guard let host = setup.relayed else { return }
        let others = Self.hosts.filter { $0 != host }
        let made = try StationRelays(cluster.address(of: host), others.map { cluster.address(of: $0) }, etcd.endpoints)
        for (other, relay) in zip(others, made.peers) {
            cluster.detours[host, default: [:]][other] = relay.facingFirst
            cluster.detours[other, default: [:]][host] = relay.facingSecond
        }
        relays = made
    }

    /// Runs a body with a station whose channels are on air, and removes everything after it.
    static func with(_ setup: Setup, _ body: (LiveStation) async throws -> Void) async throws {
        try await LiveCluster.with(hosts, inNamespaces: setup.isInNamespaces) { cluster in
            let network = cluster.network
            let etcd = try await EtcdCluster(members: 3, addresses: hosts.indices.map { network.host($0) }) {
                network.inside(hosts[$0], $1)
            }
            let station = try LiveStation(cluster, etcd, setup)
            defer { station.relays?.stop() }
            try await station.putChannels()
            for host in hosts {
                cluster.settings[host] = #""stated_error_ns":5000000"#
                try await station.start(host)
            }
            for channel in setup.channels { _ = try await station.owner(of: channel.name) }
            try await station.waitUntilFit(hosts)
            try await body(station)
        }
    }

    private func putChannels() async throws {
        let origin = Int64(Date().timeIntervalSince1970) - 100
        for channel in setup.channels {
            try await put(
                "channels/\(channel.name)/spec",
                #"{"hosts":["a","b","c"],"standby":"\#(setup.standby)","isolation":"\#(setup.isolation)","#
                    + #""accepted_bound_nanoseconds":200000000}"#)
            try await put(
                "channels/\(channel.name)/grid",
                #"{"rate_numerator":\#(channel.rate.0),"rate_denominator":\#(channel.rate.1),"#
                    + #""origin_tai_nanoseconds":\#(origin + 37)000000000,"#
                    + #""origin_utc_nanoseconds":\#(origin)000000000}"#)
            guard let length = setup.blockSeconds else { continue }
            let blocks = (1...2_000 / length).map { #"{"id":\#($0),"length_nanoseconds":\#(length)000000000}"# }
            try await put(
                "channels/\(channel.name)/plan",
                #"{"start_utc_nanoseconds":\#(origin)000000000,"blocks":[\#(blocks.joined(separator: ","))]}"#)
        }
    }

    // MARK: - The store

    func put(_ key: String, _ value: String) async throws {
        let result = try await etcd.control("put", "/tickrun/live/\(key)", value)
        try #require(result.exitCode == 0, "\(result.standardError)")
    }

    func get(_ key: String) async throws -> String {
        try await etcd.control("get", "/tickrun/live/\(key)", "--print-value-only").standardOutput
    }

    /// The fencing number of a channel's air, as etcd has it.
    func fencingNumber(of channel: String = "one") async throws -> Int64 {
        struct Air: Decodable { let fencingNumber: Int64 }
        let air: Air = try StationJSON.decode(try await get("channels/\(channel)/air"))
        return air.fencingNumber
    }

    // MARK: - The agents

    func start(_ host: String) async throws {
        let number = starts.count + 1, folder = cluster.folder
        let journal = "\(folder)/\(host)-\(number).journal", path = "\(folder)/\(host).station.json"
        let file = try cluster.file(of: host)
        let endpoints = relays.flatMap { host == setup.relayed ? $0.endpoints : nil } ?? etcd.endpoints
        var parts: [String: Any] = [
            "schema": "tickrun/station/1", "station": "live", "host": host, "cluster": file,
            "state": "\(host).memory.json", "etcd": endpoints.map { ["endpoint": $0] },
        ]
        if let command = setup.command {
            parts["channels"] = setup.channels.map { ["channel": $0.name, "exec": command(folder, host, number)] }
        }
        try JSONSerialization.data(withJSONObject: parts).write(to: URL(filePath: path))
        let words = ["agent", "--station", path, "--json"] + (setup.hasJournals ? ["--journal", journal] : [])
        let process = try await cluster.start(host, words)
        starts.append(Start(host: host, number: number, journal: journal, process: process))
    }

    func process(_ host: String) -> LiveProcess? { cluster.processes[host] }

    func line(_ host: String) -> AgentLine? {
        guard let process = process(host), !process.hasEnded else { return nil }
        return process.lastLines.last { $0.contains(AgentLine.schema) }.flatMap { try? StationJSON.decode($0) }
    }

    /// The host that has the channel on air, once its loop has delivered under a number above this.
    func owner(of channel: String = "one", above number: Int64 = 0, atMost seconds: Double = 60) async throws -> String
    {
        try await wait(atMost: seconds, "nobody has '\(channel)' on air") {
            Self.hosts.first { host in
                guard let channel = line(host)?.channel(channel), channel.role == "owner", channel.onAir,
                    channel.fencingNumber ?? 0 > number, let first = channel.firstTick
                else { return false }
                return channel.lastTickOnAir ?? -1 >= first
            }
        }
    }

    /// The host that is the primary in a view above this.
    func primary(above view: Int64 = 0) async throws -> (host: String, view: Int64) {
        try await wait(atMost: 60, "there is no primary") {
            for host in Self.hosts {
                if let line = line(host), line.isValid, let seen = line.primaryView, seen > view { return (host, seen) }
            }
            return nil
        }
    }

    /// Waits until hosts may act and know their clocks' bounds, as the store has it.
    func waitUntilFit(_ hosts: [String]) async throws {
        for host in hosts {
            try await wait(atMost: 60, "\(host) may not act") { line(host)?.isValid == true ? true : nil }
            let end = ContinuousClock.now + .seconds(60)
            while true {
                let record = try await get("hosts/\(host)")
                if record.contains(#""clock_bound_nanoseconds":"#), record.contains(#""state":"active""#) { break }
                guard ContinuousClock.now < end else {
                    throw LiveCluster.NoAnswer(description: "\(host) is not fit: \(record)\n\(transcript)")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Waits until something is there.
    @discardableResult
    func wait<Value>(atMost seconds: Double, _ failure: String, _ look: () -> Value?) async throws -> Value {
        if let found = try await waitFor(within: .seconds(seconds), look) { return found }
        throw LiveCluster.NoAnswer(description: "\(failure): \(transcript)")
    }

    /// Asks for a move, and does not wait.
    func ask(_ channel: String, to host: String, place: String = "soonest") async throws {
        moves += 1
        try await put(
            "channels/\(channel)/relay",
            #"{"id":\#(moves),"target":"\#(host)","place":{"\#(place)":{}},"state":{"requested":{}}}"#)
    }

    /// Moves a channel, and waits until the other host has it on air. A move that a busy machine made too late is
    /// cancelled; then it is asked for again.
    func move(_ channel: String = "one", to host: String, place: String = "soonest") async throws {
        let before = try await fencingNumber(of: channel)
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            try await ask(channel, to: host, place: place)
            var relay: RelayLine
            repeat {
                try await Task.sleep(for: .milliseconds(250))
                relay = try StationJSON.decode(try await get("channels/\(channel)/relay"))
            } while relay.state.done == nil && relay.state.cancelled == nil && ContinuousClock.now < end
            if let reason = relay.state.cancelled?.reason {
                cancelled.append(reason)
                continue
            }
            let owner = try await owner(of: channel, above: before)
            #expect(owner == host, "\(transcript)")
            return
        }
        Issue.record("'\(channel)' was not moved to \(host): \(cancelled)\n\(transcript)")
    }

    /// Ends the agents by SIGINT, so that their journals are whole.
    func endAgents() async throws {
        for host in Self.hosts { process(host)?.send(SIGINT) }
        for host in Self.hosts { _ = try await process(host)?.exitCode(within: 30) }
    }

    // MARK: - What they left

    /// Checks all journals of a channel against each other.
    func replay(
        _ channel: String = "one", _ more: [String] = []
    ) async throws -> (
        exitCode: Int32?, line: ChannelReplayLine
    ) {
        let made = starts.map(\.journal).filter { FileManager.default.fileExists(atPath: $0) }
        var process = RunProcess.tickrun(["replay", "--channel", channel, "--json"] + made + more)
        process.timeout = 300
        let result = try await process.run()
        let line = try #require(result.lines.first, "\(result.standardError)")
        return (result.exitCode, try StationJSON.decode(line))
    }

    /// The events of a start of an agent.
    func events(_ start: Start, _ name: String) -> [AgentEvent] {
        start.process.lines.filter { $0.contains(AgentEvent.schema) && $0.contains(#""event":"\#(name)""#) }
            .compactMap { try? StationJSON.decode($0) }
    }

    var transcript: String {
        Self.hosts.map { "\($0): \(process($0)?.errors.suffix(3_000) ?? "not started")" }
            .joined(separator: "\n")
    }
}
