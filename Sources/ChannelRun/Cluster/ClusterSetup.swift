package import ClusterClock
package import TickConfiguration
package import ClusterLinux
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// A cluster's file, with what a command line says over it, made ready for a node.
package struct ClusterSetup {
    package let path: String
    package let file: ClusterFile
    /// The coarse consensus: the file's, with a command line's words over it.
    package let consensus: ConsensusConfiguration

    /// - Parameter change: makes the coarse consensus from the file's.
    package init(
        _ path: String, consensus change: (ConsensusConfiguration) throws -> ConsensusConfiguration = { $0 }
    ) throws {
        self.path = path
        do { file = try ClusterFile(json: try Self.read(path), file: path) } catch let error as ProfileError {
            throw RunFailure(exitCode: .configuration, message: "\(error)")
        }
        consensus = try change(file.consensus)
    }

    /// Where a path of the file leads, which is written from the file's folder.
    package func place(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return (self.path.lastIndex(of: "/").map { String(self.path[...$0]) } ?? "") + path
    }

    /// Where a node of this file listens for questions.
    package func socketPath() throws -> String {
        if let socket = file.socket { return place(socket) }
        return "\(try ControlFolder.path())/\(ControlFolder.fileName(cluster: file.cluster, node: file.node))"
    }

    package static func read(_ path: String) throws -> [UInt8] {
        do { return try SystemFile.read(path, limit: 1 << 20) } catch {
            throw RunFailure(
                exitCode: error.isPermission ? .permission : .unavailable,
                message: "cannot read \(path): \(error.reason)")
        }
    }

    /// The node's keys.
    func keys() throws -> PeerKeys {
        let keyPath = place(file.keys)
        let bytes = try Self.read(keyPath)
        guard (try? SystemFile.isPrivate(keyPath)) == true else {
            throw RunFailure(
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
                throw configuration(
                    "\(keyPath) has no keys for \(missing.joined(separator: ", ")); make new ones with 'tickrun key new'"
                )
            }
            return keys
        } catch let error as ProfileError {
            throw configuration("\(error)")
        } catch let error as PeerKeyError {
            throw configuration("\(keyPath): \(error)")
        }
    }

    /// Everything a node is told.
    package func options() throws -> ClusterNodeOptions {
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

    private func configuration(_ message: String) -> RunFailure {
        RunFailure(exitCode: .configuration, message: message)
    }
}

/// Where nodes listen unless their files say otherwise: a folder that nobody but their user may enter.
enum ControlFolder {
    static func path() throws -> String {
        let path = runtimeFolder() + "/tickrun-\(HostUser.id)"
        do { try SystemFile.makePrivateFolder(path) } catch {
            throw RunFailure(
                exitCode: error.isPermission ? .permission : .unavailable,
                message: "\(path) must be a folder that no other user can enter: \(error.reason); name a \"socket\"")
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
