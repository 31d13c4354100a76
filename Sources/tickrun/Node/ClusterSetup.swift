import ClusterClock
import TickConfiguration
import ClusterLinux
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// A cluster's file, with what the command line says over it, made ready for a node.
struct ClusterSetup {
    let path: String
    let file: ClusterFile
    /// The coarse consensus: the file's, with the command line's words over it.
    let consensus: ConsensusConfiguration

    /// - Parameter withoutOptions: whether the command has none of the coarse consensus.
    init(_ path: String, _ arguments: Arguments, withoutOptions: Bool = false) throws {
        self.path = path
        do { file = try ClusterFile(json: try Self.read(path), file: path) } catch let error as ProfileError {
            throw CommandFailure(exitCode: .configuration, message: "\(error)")
        }
        consensus = withoutOptions ? file.consensus : try ConsensusOptions.applied(to: file.consensus, arguments)
    }

    /// Where a path of the file leads, which is written from the file's folder.
    func place(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return (self.path.lastIndex(of: "/").map { String(self.path[...$0]) } ?? "") + path
    }

    /// Where a node of this file listens for questions.
    func socketPath() throws -> String {
        if let socket = file.socket { return place(socket) }
        return "\(try ControlFolder.path())/\(ControlFolder.fileName(cluster: file.cluster, node: file.node))"
    }

    static func read(_ path: String) throws -> [UInt8] {
        do { return try SystemFile.read(path, limit: 1 << 20) } catch {
            throw CommandFailure(
                exitCode: error.isPermission ? .permission : .unavailable,
                message: "cannot read \(path): \(error.reason)")
        }
    }

    /// The node's keys.
    func keys() throws -> PeerKeys {
        let keyPath = place(file.keys)
        let bytes = try Self.read(keyPath)
        guard (try? SystemFile.isPrivate(keyPath)) == true else {
            throw CommandFailure(
                exitCode: .permission,
                message:
                    "\(keyPath): others than its owner may read these keys; chmod 600 it, and make new keys if they have"
            )
        }
        do {
            let keyFile = try NodeKeyFile(json: bytes, file: keyPath)
            guard keyFile.node == file.node else {
                throw configuration("\(keyPath) holds the keys of '\(keyFile.node)', and this node is '\(file.node)'")
            }
            let keys = try keyFile.keys()
            let missing = keys.missing(of: file.configuration.peers).map { file.name(of: $0) }
            guard missing.isEmpty else {
                throw configuration("\(keyPath) has no keys for \(missing.joined(separator: ", ")); make them anew")
            }
            return keys
        } catch let error as ProfileError {
            throw configuration("\(error)")
        } catch let error as PeerKeyError {
            throw configuration("\(keyPath): \(error)")
        }
    }

    /// Everything a node is told.
    func options() throws -> ClusterNodeOptions {
        let keys = try keys()
        do {
            var addresses: [NodeID: SocketAddress] = [:]
            for member in file.members { addresses[NodeID(named: member.name)] = try SocketAddress(member.address) }
            var options = ClusterNodeOptions(
                file.configuration, cluster: ClusterID(named: file.cluster), listen: try SocketAddress(file.listen),
                addresses: addresses, keys: keys, statedError: file.statedError)
            options.consensus = consensus
            options.ntpServers = file.ntpServers
            // Members poll as often as this one; each may ask four times as often, and after a pause at once.
            let polls = 1_000_000_000 / max(1, file.configuration.pollInterval.count)
            options.limits.requestsPerSecond = max(options.limits.requestsPerSecond, 4 * polls)
            options.limits.burst = 2 * options.limits.requestsPerSecond
            options.ntpInterval = file.ntpInterval
            return options
        } catch {
            throw configuration("\(path): members: \(error)")
        }
    }

    private func configuration(_ message: String) -> CommandFailure {
        CommandFailure(exitCode: .configuration, message: message)
    }
}

/// Where nodes listen unless their files say otherwise: a folder that nobody but their user may enter.
enum ControlFolder {
    static func path() throws -> String {
        let path = runtimeFolder() + "/tickrun-\(HostUser.id)"
        do { try SystemFile.makePrivateFolder(path) } catch {
            throw CommandFailure(
                exitCode: error.isPermission ? .permission : .unavailable,
                message: "\(path) is to be a folder that nobody else may enter: \(error.reason); name a \"socket\"")
        }
        return path
    }

    private static func runtimeFolder() -> String {
        let folder = HostUser.environment("XDG_RUNTIME_DIR") ?? ""
        return folder.hasPrefix("/") ? folder : "/tmp"
    }

    static func fileName(cluster: String, node: String) -> String {
        // A cluster's name may hold anything; what is no part of a file's name stands as its number.
        let isPlain = cluster.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D || byte == 0x5F
        }
        let name = isPlain && cluster.utf8.count <= 24 ? cluster : "\(ClusterID(named: cluster).rawValue)"
        return "\(name).\(node.utf8.count <= 32 ? node : "\(NodeID(named: node).rawValue)").sock"
    }
}

/// The coarse consensus on the command line.
enum ConsensusOptions {
    static let all = [
        CommandOption("--consensus", .required("on|off"), "whether there is a coarse consensus"),
        CommandOption("--consensus-interval", .required("TIME"), "how often peers are asked for it (60s)"),
        CommandOption("--outlier-threshold", .required("N"), "thousandths of a deviation (2000)"),
        CommandOption("--min-peers", .required("N"), "fewer that are left make none (1)"),
        CommandOption("--peer-timeout", .required("TIME"), "how long answers are waited for (2s)"),
        CommandOption("--max-peers", .required("N"), "so many count at most (10)"),
        CommandOption("--min-confidence", .required("PERCENT"), "below it system time is used (50)"),
        CommandOption("--max-drift", .required("TIME"), "a drift beyond it is warned of (1h)"),
    ]

    private enum Switch: String, CaseIterable {
        case on
        case off
    }

    static func applied(
        to file: ConsensusConfiguration, _ arguments: Arguments
    ) throws -> ConsensusConfiguration {
        var made = file
        if let flag = try arguments.choice("--consensus", of: Switch.self) { made.isEnabled = flag == .on }
        if let interval = try arguments.duration("--consensus-interval") { made.interval = interval }
        if let threshold = try arguments.integer("--outlier-threshold", in: 100...10_000) {
            made.outlierThreshold = threshold
        }
        if let least = try arguments.integer("--min-peers", in: 1...10) { made.minPeers = Int(least) }
        if let timeout = try arguments.duration("--peer-timeout") { made.peerTimeout = timeout }
        if let most = try arguments.integer("--max-peers", in: 1...10) { made.maxPeers = Int(most) }
        if let percent = try arguments.integer("--min-confidence", in: 0...100) {
            made.minConfidence = Double(percent) / 100
        }
        if let drift = try arguments.duration("--max-drift") { made.maxDrift = drift }
        if let fault = made.fault { throw arguments.failure("the coarse consensus: \(fault)") }
        return made
    }
}
