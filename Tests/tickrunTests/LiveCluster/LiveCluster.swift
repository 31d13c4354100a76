import Foundation
import Glibc
import TestSupport
import Testing

// A cluster of real processes: `tickrun node` or a run with ticks. Each has its own wall clock (a preloaded library
// shifts CLOCK_REALTIME). Each has its own network namespace if the host allows it, or otherwise its own port on
// loopback.

/// What 'tickrun node --json' prints once a second.
struct NodeLine: Decodable {
    struct Peer: Decodable {
        let name: String
        let state: String
        let reach: Int
        let lastHeardMs: Int64?
        let timeMs: Int64?
        let offsetNs: Int64?
        let errorNs: Int64?
        let aheadLeastNs: Int64?
        let aheadMostNs: Int64?
        let roundTripNs: Int64?
        let verdict: String
        let falseByNs: Int64
        let included: Bool
        let reason: String?
    }

    let question: String
    let holds: Bool
    let why: String?
    let status: String
    let quality: String
    let traceable: Bool
    let monotonicNs: Int64
    let boottimeNs: Int64
    let timeUtcNs: Int64
    let earliestUtcNs: Int64?
    let latestUtcNs: Int64?
    let hostUtcNs: Int64
    let heldNs: Int64
    let epoch: Int64
    let driftNs: Int64?
    let confidence: Double?
    let ntpSynced: Bool
    let statedErrorNs: Int64?
    let lastFailure: String?
    let peers: [Peer]
    let datagramsTaken: Int64
    let datagramsRefused: [String: Int64]

    static func all(_ process: LiveProcess) throws -> [NodeLine] { try process.lines.map { try decoded($0) } }

    static func decoded(_ line: some StringProtocol) throws -> NodeLine {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(NodeLine.self, from: Data(line.utf8))
    }

    func peer(_ name: String) -> Peer? { peers.first { $0.name == name } }
}

final class LiveCluster {
    enum Network {
        /// Every member in its own namespace, all on one bridge.
        case namespaces(LiveNetwork)
        /// Every member on its own port, counted from this one.
        case loopback(UInt16)

        /// A program as it runs in a member's network.
        func inside(_ name: String, _ process: RunProcess) -> RunProcess {
            guard case .namespaces(let network) = self else { return process }
            var inside = process
            inside.executable = Requirement.nsenter.path
            inside.arguments =
                ["--net=/var/run/netns/\(network.namespace(of: name))", process.executable] + process.arguments
            return inside
        }

        /// A member's IPv4 address; members are counted from 0.
        func host(_ place: Int) -> String {
            switch self {
            case .namespaces: "10.77.0.\(place + 1)"
            case .loopback: "127.0.0.1"
            }
        }
    }

    let names: [String]
    private let ownFolder: TemporaryFolder
    var folder: String { ownFolder.path }
    let network: Network
    private(set) var processes: [String: LiveProcess] = [:]
    private var starts = 0
    /// The settings of a member's file besides its addresses.
    var settings: [String: String] = [:]
    /// Further preloaded libraries of the members, and more variables of their environment.
    var preloads: [String] = []
    var environment: [String: String] = [:]
    /// The address at which a member finds another, if it is not that member's own.
    var detours: [String: [String: String]] = [:]

    /// Makes the keys of a cluster; nothing runs yet.
    init(_ names: [String], inNamespaces: Bool = false) async throws {
        self.names = names
        ownFolder = try TemporaryFolder()
        if inNamespaces, let made = try await LiveNetwork(names) {
            network = .namespaces(made)
        } else {
            network = .loopback(LoopbackPorts.row(of: names.count))
        }
        let made = try await RunProcess.tickrun(
            "key", "new", "--nodes", names.joined(separator: ","), "--folder", folder
        ).run()
        #expect(made.exitCode == 0, "\(made.standardError)")
    }

    /// Kills the running processes by their ids, and removes their network. The folder is removed with the cluster.
    func end() async {
        for process in processes.values { process.end() }
        if case .namespaces(let network) = network { await network.end() }
    }

    func address(of name: String) -> String {
        let place = names.firstIndex(of: name) ?? 0
        switch network {
        case .namespaces: return "\(network.host(place)):7100"
        case .loopback(let port): return "\(network.host(place)):\(Int(port) + place)"
        }
    }

    /// A member's file; `settings` are members of the JSON object.
    func file(of name: String) throws -> String {
        let members = names.map { other in
            #"{"name":"\#(other)","address":"\#(detours[name]?[other] ?? address(of: other))"}"#
        }
        var parts = [
            #""schema":"tickrun/cluster/1","cluster":"live","node":"\#(name)","keys":"\#(name).keys.json""#,
            #""socket":"\#(name).sock","state":"\#(name).state.json""#,
        ]
        if let more = settings[name] { parts.append(more) }
        let json = "{\(parts.joined(separator: ",")),\"members\":[\(members.joined(separator: ","))]}"
        let path = "\(folder)/\(name).json"
        try Data(json.utf8).write(to: URL(filePath: path))
        return path
    }

    /// Sets how far a member's wall clock is from the host's: before its start, or as a step while it runs.
    func shift(_ name: String, by nanoseconds: Int64) throws {
        let path = "\(folder)/\(name).shift"
        // Written in place, because the program has the file mapped.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var value = nanoseconds.littleEndian
        let written = unsafe withUnsafeBytes(of: &value) { unsafe pwrite(descriptor, $0.baseAddress, 8, 0) }
        try #require(written == 8)
    }

    /// Starts a member: `tickrun node FILE --json`, or another command of it.
    @discardableResult
    func start(_ name: String, _ words: [String]? = nil) async throws -> LiveProcess {
        let file = try file(of: name)
        if !FileManager.default.fileExists(atPath: "\(folder)/\(name).shift") { try shift(name, by: 0) }
        var process = command(name, words ?? ["node", file, "--json"])
        let libraries = [try await RunShims.library("shift_realtime")] + preloads
        for (name, value) in environment { process.environment[name] = .some(value) }
        process.environment["LD_PRELOAD"] = .some(libraries.joined(separator: ":"))
        process.environment["SHIFT_FILE"] = .some("\(folder)/\(name).shift")
        starts += 1
        let live = try LiveProcess(process, named: "\(name)-\(starts)", in: folder)
        processes[name]?.end()
        processes[name] = live
        return live
    }

    /// `tickrun` in a member's namespace.
    func command(_ name: String, _ words: [String]) -> RunProcess {
        network.inside(name, RunProcess.tickrun(words))
    }

    func kill(_ name: String) { processes[name]?.end() }

    /// The last line of a member's process.
    func line(_ name: String) throws -> NodeLine? {
        guard let process = processes[name], let last = process.lines.last else { return nil }
        return try NodeLine.decoded(last)
    }

    /// Waits until the line of each of `names` fulfils `holds`.
    ///
    /// - Returns: how long it took; `nil` if it was never fulfilled.
    @discardableResult
    func wait(_ names: [String], atMost seconds: Double, until holds: (NodeLine) -> Bool) async throws -> Double? {
        let begin = ContinuousClock.now
        while ContinuousClock.now < begin + .seconds(seconds) {
            let lines = try names.compactMap { try line($0) }
            if lines.count == names.count, lines.allSatisfy(holds) {
                let took = ContinuousClock.now - begin
                return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }

    /// Waits until each of `names` has agreed with the others this many times more.
    func waitForAgreements(_ count: Int64, of names: [String], atMost seconds: Double) async throws {
        let begun = Dictionary(uniqueKeysWithValues: try names.map { ($0, try line($0)?.epoch ?? 0) })
        var missing = names
        let end = ContinuousClock.now + .seconds(seconds)
        while !missing.isEmpty, ContinuousClock.now < end {
            missing = try missing.filter { try line($0)?.epoch ?? 0 < (begun[$0] ?? 0) + count }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(missing.isEmpty, "\(missing) did not agree \(count) times more: \(transcript)")
    }

    /// Runs a body with a cluster, and removes everything after it.
    static func with(
        _ names: [String], inNamespaces: Bool = false, _ body: (LiveCluster) async throws -> Void
    ) async throws {
        let cluster = try await LiveCluster(names, inNamespaces: inNamespaces)
        let result: Result<Void, any Error>
        do { result = .success(try await body(cluster)) } catch { result = .failure(error) }
        await cluster.end()
        try result.get()
    }

    /// Why a member did not answer.
    struct NoAnswer: Error, CustomStringConvertible { let description: String }

    /// Asks a member with 'tickrun time'.
    func ask(_ name: String, _ question: String = "status") async throws -> NodeLine {
        var process = RunProcess.tickrun("time", question, "--socket", "\(folder)/\(name).sock", "--json")
        process.isUrgent = true
        let result = try await process.run()
        // 1 means that it answers, but the condition does not hold.
        guard result.exitCode == 0 || result.exitCode == 1, let line = result.lines.first else {
            throw NoAnswer(description: result.standardError)
        }
        return try NodeLine.decoded(line)
    }

    /// Asks a member until the answer fulfils the condition.
    ///
    /// - Returns: the answer; `nil` if it never fulfilled the condition.
    func ask(
        _ name: String, _ question: String = "status", atMost seconds: Double, until holds: (NodeLine) -> Bool
    ) async throws -> NodeLine? {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let said = try? await ask(name, question), holds(said) { return said }
            try await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    /// The output and the errors of all members, for a failure's message.
    var transcript: String {
        processes.sorted { $0.key < $1.key }.map { name, process in
            let last = process.lines.suffix(2).joined(separator: "\n")
            return "\(name): \(last)\n\(process.errors)"
        }.joined(separator: "\n")
    }
}

/// Network namespaces, one for each member and one for the bridge between them. The host's own network is not
/// touched.
struct LiveNetwork: Sendable {
    private let prefix: String
    private let names: [String]

    /// - Returns: `nil` if the host does not allow them.
    init?(_ names: [String]) async throws {
        prefix = "tick\(UInt16.random(in: 0 ... .max))"
        self.names = names
        guard geteuid() == 0, Requirement.missing(of: [.ip, .nsenter]).isEmpty,
            try await Self.ip("netns", "add", "\(prefix)-hub")
        else { return nil }
        var isMade = try await Self.ip("-n", "\(prefix)-hub", "link", "add", "br0", "type", "bridge")
        for (place, name) in names.enumerated() where isMade {
            let (inside, port) = (namespace(of: name), "p\(place)")
            for words in [
                ["netns", "add", inside],
                ["-n", "\(prefix)-hub", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", inside],
                ["-n", "\(prefix)-hub", "link", "set", port, "master", "br0"],
                ["-n", "\(prefix)-hub", "link", "set", port, "up"],
                ["-n", inside, "addr", "add", "10.77.0.\(place + 1)/24", "dev", "eth0"],
                ["-n", inside, "link", "set", "eth0", "up"],
                ["-n", inside, "link", "set", "lo", "up"],
            ] where isMade { isMade = try await Self.ip(words) }
        }
        if isMade { isMade = try await Self.ip("-n", "\(prefix)-hub", "link", "set", "br0", "up") }
        if !isMade {
            await end()
            return nil
        }
    }

    func namespace(of name: String) -> String { "\(prefix)-\(name)" }

    /// Cuts a member off, or joins it again.
    func link(_ name: String, up: Bool) async throws {
        let isDone = try await Self.ip("-n", namespace(of: name), "link", "set", "eth0", up ? "up" : "down")
        #expect(isDone)
    }

    func end() async {
        for name in names { _ = try? await Self.ip("netns", "del", namespace(of: name)) }
        _ = try? await Self.ip("netns", "del", "\(prefix)-hub")
    }

    private static func ip(_ words: String...) async throws -> Bool { try await ip(words) }

    private static func ip(_ words: [String]) async throws -> Bool {
        try await RunProcess(Requirement.ip.path, words).run().exitCode == 0
    }
}
