// The programs of a station on this machine: three members of etcd, and hosts as `tickrun agent`. All end with this
// program's objects, each by its process id.

internal import Glibc
internal import TickLinux
internal import TickTime

/// A program that runs beside this one, with its output in files.
final class Companion {
    private let child: pid_t
    private let outputPath: String
    private let errorPath: String
    private var status: Int32?

    init(_ command: Command, outputPath: String) throws(BenchError) {
        (self.outputPath, errorPath) = (outputPath, outputPath + ".errors")
        let output = try Self.file(outputPath), errors = try Self.file(errorPath)
        defer { [output, errors].forEach { close($0) } }
        child = try command.spawn(output: output, errors: errors)
    }

    private static func file(_ path: String) throws(BenchError) -> Int32 {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(SystemError(call: "open", subject: path, errno: errno)) }
        return descriptor
    }

    deinit { end(SIGKILL) }

    var output: String { Host.text(ofFile: outputPath) }

    /// The last words on its standard error.
    var lastWords: String {
        Host.text(ofFile: errorPath).split(separator: "\n").suffix(3).joined(separator: "; ")
    }

    var hasEnded: Bool {
        if status != nil { return true }
        var found: Int32 = 0
        if unsafe waitpid(child, &found, WNOHANG) == child { status = found }
        return status != nil
    }

    /// Ends it by a signal, and waits until it has ended.
    func end(_ signal: Int32) {
        guard !hasEnded else { return }
        kill(child, signal)
        var found: Int32 = 0
        while unsafe waitpid(child, &found, 0) < 0, errno == EINTR {}
        status = found
    }
}

/// Three members of etcd on loopback.
final class EtcdMembers {
    static let count = 3
    private let folder: TemporaryFolder
    private let port: UInt16
    private var members: [Companion?] = Array(repeating: nil, count: EtcdMembers.count)
    private var starts = 0

    /// - Throws: `BenchError.missing` without etcd.
    init(_ folder: TemporaryFolder) throws(BenchError) {
        self.folder = folder
        port = UInt16.random(in: 10_000...18_000)
        _ = try Command(program: "etcd", arguments: ["--version"], package: "etcd-server").run()
        for member in 0..<Self.count { try start(member) }
    }

    var endpoints: [String] { (0..<Self.count).map(client) }

    private func client(_ member: Int) -> String { "http://127.0.0.1:\(Int(port) + 2 * member)" }
    private func peer(_ member: Int) -> String { "http://127.0.0.1:\(Int(port) + 2 * member + 1)" }

    /// Starts a member, or starts it again with what it kept.
    func start(_ member: Int) throws(BenchError) {
        starts += 1
        let all = (0..<Self.count).map { "m\($0)=\(peer($0))" }.joined(separator: ",")
        members[member] = try Companion(
            Command(
                program: "etcd",
                arguments: [
                    "--name", "m\(member)", "--data-dir", folder.path("etcd-\(member)"),
                    "--listen-client-urls", client(member), "--advertise-client-urls", client(member),
                    "--listen-peer-urls", peer(member), "--initial-advertise-peer-urls", peer(member),
                    "--initial-cluster", all, "--initial-cluster-token", "bench-\(port)", "--log-level", "error",
                    "--logger", "zap",
                ], package: "etcd-server"), outputPath: folder.path("etcd-\(member)-\(starts).log"))
    }

    /// Ends a member at once, as a crash does.
    func kill(_ member: Int) { members[member]?.end(SIGKILL) }

    /// Why a member does not run any longer; `nil`: all do.
    var failure: String? { members.compactMap { $0 }.first(where: \.hasEnded)?.lastWords }
}

/// A station of two hosts on this machine with one channel.
final class BenchStation {
    static let hosts = ["a", "b"]
    static let channel = "one"
    let folder: TemporaryFolder
    let etcd: EtcdMembers
    private let program: String
    private var agents: [String: Companion] = [:]
    private var starts = 0

    /// - Throws: `BenchError.missing` without tickrun or etcd.
    init(_ options: StationOptions) throws(BenchError) {
        program = options.program
        guard !Host.text(ofFile: "\(program)").isEmpty else {
            throw .missing(program: program, remedy: "build it with swift build -c release, or give --tickrun PATH")
        }
        folder = try TemporaryFolder()
        etcd = try EtcdMembers(folder)
        try tickrun("key", "new", "--nodes", Self.hosts.joined(separator: ","), "--folder", folder.path(""))
        let port = Int.random(in: 20_000...32_000)
        let members = Self.hosts.enumerated().map { place, host in
            #"{"name":"\#(host)","address":"127.0.0.1:\#(port + place)"}"#
        }.joined(separator: ",")
        let endpoints = etcd.endpoints.map { #"{"endpoint":"\#($0)"}"# }.joined(separator: ",")
        for host in Self.hosts {
            try folder.write(
                #"{"schema":"tickrun/cluster/1","cluster":"bench","node":"\#(host)","keys":"\#(host).keys.json","#
                    + #""socket":"\#(host).sock","state":"\#(host).state.json","members":[\#(members)]}"#,
                to: "\(host).json")
            try folder.write(
                #"{"schema":"tickrun/station/1","station":"bench","host":"\#(host)","cluster":"\#(host).json","#
                    + #""state":"\#(host).station-state.json","etcd":[\#(endpoints)]}"#, to: file(host))
        }
    }

    private func file(_ host: String) -> String { "\(host).station.json" }

    /// Runs tickrun to its end.
    @discardableResult
    func tickrun(_ arguments: String...) throws(BenchError) -> Finished {
        try Command(program: program, arguments: arguments).run()
    }

    /// Makes the channel.
    func put(_ rate: FrameRate, hosts: [String]) throws(BenchError) {
        // etcd may need a moment until its members have a leader.
        var failure: BenchError?
        for _ in 0..<50 {
            do throws(BenchError) {
                try tickrun(
                    "channel", "put", Self.channel, "--station", folder.path(file("a")), "--rate", rate.rational,
                    "--hosts", hosts.joined(separator: ","), "--accept", "200ms")
                return
            } catch {
                failure = error
                HostClock.sleep(until: HostClock.monotonic() + .milliseconds(200))
            }
        }
        if let failure { throw failure }
    }

    /// Starts a host.
    ///
    /// - Returns: the path of its journal.
    func start(_ host: String) throws(BenchError) -> String {
        starts += 1
        let journal = folder.path("\(host)-\(starts).journal")
        agents[host] = try Companion(
            Command(
                program: program,
                arguments: ["agent", "--station", folder.path(file(host)), "--journal", journal, "--json"]),
            outputPath: folder.path("\(host)-\(starts).lines"))
        return journal
    }

    /// Starts a host as a member of the cluster, without channels.
    func startNode(_ host: String) throws(BenchError) {
        starts += 1
        agents[host] = try Companion(
            Command(program: program, arguments: ["node", folder.path("\(host).json"), "--json"]),
            outputPath: folder.path("\(host)-\(starts).lines"))
    }

    /// Ends a host in order, so that its journal is whole.
    func end(_ host: String) {
        agents[host]?.end(SIGINT)
        agents[host] = nil
    }

    func output(_ host: String) -> String { agents[host]?.output ?? "" }

    /// Waits until one of these hosts says that it has the channel on air.
    @discardableResult
    func waitUntilOnAir(_ hosts: [String], seconds: Int = 60) throws(BenchError) -> String {
        let end = HostClock.monotonic() + .seconds(Int64(seconds))
        while HostClock.monotonic() < end {
            if let owner = hosts.first(where: { StationLines.isOnAir(output($0)) }) { return owner }
            if let ended = agents.values.first(where: \.hasEnded) {
                throw .failed(program: "tickrun agent", status: "ended", said: ended.lastWords)
            }
            if let failure = etcd.failure {
                throw .failed(program: "etcd", status: "ended", said: failure)
            }
            HostClock.sleep(until: HostClock.monotonic() + .milliseconds(100))
        }
        throw .failed(
            program: "tickrun agent", status: "not on air after \(seconds) s",
            said: hosts.compactMap { agents[$0]?.lastWords }.joined(separator: "; "))
    }

    /// Moves the channel, and waits until the other host has it on air. A move that is cancelled, because a busy machine
    /// was not ready in time, is asked for again.
    func move(from host: String, to target: String) throws(BenchError) {
        var failure: BenchError?
        for _ in 0..<10 {
            do throws(BenchError) {
                try tickrun(
                    "channel", "move", Self.channel, "--station", folder.path(file(host)), "--to", target, "--wait",
                    "30s")
                try waitUntilOnAir([target])
                return
            } catch {
                failure = error
                HostClock.sleep(until: HostClock.monotonic() + .milliseconds(500))
            }
        }
        if let failure { throw failure }
    }

    /// A run without a station.
    ///
    /// - Parameter asMember: the host whose part in the cluster it takes; `nil`: it runs without a cluster.
    func run(_ rate: FrameRate, ticks: Int, asMember host: String?) throws(BenchError) -> String {
        starts += 1
        let journal = folder.path("run-\(starts).journal")
        let cluster = host.map { ["--cluster", folder.path("\($0).json")] } ?? []
        _ = try Command(
            program: program,
            arguments: [
                "run", rate.rational, "--ticks", "\(ticks)", "--journal", journal, "--quiet", "--no-levels",
                "--json=summary",
            ] + cluster
        ).run()
        return journal
    }
}

/// What `tickrun agent --json` prints.
enum StationLines {
    /// Whether the host's last line of its state says that a channel is on air there.
    static func isOnAir(_ output: String) -> Bool {
        // The last piece may be half a line.
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.last { $0.hasPrefix(#"{"schema":"tickrun/agent/1""#) }?.contains(#""on_air":true"#) ?? false
    }

    /// The bounds that the host stated when its sessions began, in ns.
    static func phaseBounds(_ output: String) -> [Int64] {
        let name = #""phase_bound_ns":"#
        return output.split(separator: "\n").compactMap { line in
            line.firstRange(of: name).flatMap { Int64(line[$0.upperBound...].prefix { $0.isNumber }) }
        }
    }
}
