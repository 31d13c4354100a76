import Foundation
import Glibc

/// A real etcd of one or more members: on loopback, or each in the network of a host.
public final class EtcdCluster: @unchecked Sendable {
    private let folder: TemporaryFolder
    private let ports: [(client: UInt16, peer: UInt16)]
    private var processes: [LiveProcess?]
    private let moreArguments: [String]
    private let addresses: [String]
    private let enter: @Sendable (_ member: Int, RunProcess) -> RunProcess
    /// How often each member was started, for the names of its streams.
    private var starts: [Int]

    /// The member in whose network etcdctl runs.
    public var controlMember = 0

    /// The members' client URLs.
    public var endpoints: [String] { ports.indices.map { "http://\(addresses[$0]):\(ports[$0].client)" } }

    /// Starts the members, and waits until they have a leader.
    ///
    /// - Parameters:
    ///   - addresses: the members' IPv4 addresses. Default: loopback.
    ///   - enter: makes a program run where a member does.
    public init(
        members: Int = 1, arguments: [String] = [], addresses: [String]? = nil,
        enter: @escaping @Sendable (_ member: Int, RunProcess) -> RunProcess = { $1 }
    ) async throws {
        folder = try TemporaryFolder()
        let base = LoopbackPorts.row(of: 2 * members)
        ports = (0..<members).map { (base + 2 * UInt16($0), base + 2 * UInt16($0) + 1) }
        moreArguments = arguments
        self.addresses = addresses ?? Array(repeating: "127.0.0.1", count: members)
        self.enter = enter
        processes = Array(repeating: nil, count: members)
        starts = Array(repeating: 0, count: members)
        for member in 0..<members { try start(member) }
        try await waitUntilHealthy()
    }

    /// Starts a member, or starts it again with what it kept.
    public func start(_ member: Int) throws {
        let names = ports.indices.map { "m\($0)=http://\(addresses[$0]):\(ports[$0].peer)" }.joined(separator: ",")
        let (client, peer) = (endpoints[member], "http://\(addresses[member]):\(ports[member].peer)")
        starts[member] += 1
        processes[member] = try LiveProcess(
            enter(
                member,
                RunProcess(
                    Requirement.etcd.path,
                    [
                        "--name", "m\(member)", "--data-dir", "\(folder.path)/m\(member)", "--listen-client-urls",
                        client,
                        "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls",
                        peer, "--initial-cluster", names, "--initial-cluster-token", folder.url.lastPathComponent,
                        "--log-level", "error", "--logger", "zap",
                    ] + moreArguments)), named: "etcd-\(member)-\(starts[member])", in: folder.path)
    }

    /// The process of a member; `nil` before its start.
    public func pid(of member: Int) -> Int32? { processes[member]?.pid }

    public func send(_ signal: Int32, to member: Int) { processes[member]?.send(signal) }

    /// Ends a member at once, as a crash does.
    public func kill(_ member: Int) { processes[member]?.end() }

    /// Runs etcdctl.
    @discardableResult
    public func control(_ arguments: String...) async throws -> RunProcess.Result {
        var process = RunProcess(
            Requirement.etcdctl.path, ["--endpoints", endpoints.joined(separator: ",")] + arguments)
        process.environment = ["ETCDCTL_API": "3"]
        return try await enter(controlMember, process).run()
    }

    /// Waits until a majority answers.
    public func waitUntilHealthy() async throws {
        if try await waitUntil(within: .seconds(30), { try await control("put", "started", "1").exitCode == 0 }) {
            return
        }
        throw Failure(text: processes.compactMap { $0?.errors }.joined(separator: "\n"))
    }

    /// etcd did not start.
    public struct Failure: Error {
        public let text: String
    }
}
