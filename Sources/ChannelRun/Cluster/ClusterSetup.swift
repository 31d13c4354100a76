package import ClusterClock
package import TickConfiguration
package import ClusterLinux
import TickLinux
import TickReports
import TickTime
import TimeExchange

/// A cluster's file and the overrides of a command line, ready for a node.
package struct ClusterSetup {
    package let path: String
    package let file: ClusterFile
    /// The coarse consensus of the file, with the overrides of a command line.
    package let consensus: ConsensusConfiguration

    /// - Parameters:
    ///   - place: the option or the operand that names the file, for errors.
    ///   - change: makes the coarse consensus from the file's.
    package init(
        _ path: String, namedBy place: String? = nil,
        consensus change: (ConsensusConfiguration) throws(RunFailure) -> ConsensusConfiguration = { $0 }
    ) throws(RunFailure) {
        self.path = path
        let bytes = try InputFile.read(path, namedBy: place)
        do { file = try ClusterFile(json: bytes, file: path) } catch { throw RunFailure(error) }
        consensus = try change(file.consensus)
    }

    /// A path of the file, which is relative to the file's folder.
    package func place(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return (self.path.lastIndex(of: "/").map { String(self.path[...$0]) } ?? "") + path
    }

    /// The socket on which a node of this file answers questions.
    package func socketPath() throws(RunFailure) -> String {
        if let socket = file.socket { return place(socket) }
        return "\(try ControlFolder.path())/\(ControlFolder.fileName(cluster: file.cluster, node: file.node))"
    }

    /// The node's keys.
    func keys() throws(RunFailure) -> PeerKeys {
        guard let name = file.keys else {
            do { return try PeerKeys([], of: file.configuration.node, sending: 0) } catch {
                throw .configuration("\(path): \(error)")
            }
        }
        let keyPath = place(name)
        let bytes = try InputFile.read(keyPath)
        guard (try? SystemFile.isPrivate(keyPath)) == true else {
            throw RunFailure.permission(
                "\(keyPath): other users may read these keys; run chmod 600, and replace the keys if someone has read them"
            )
        }
        let keyFile: NodeKeyFile
        do { keyFile = try NodeKeyFile(json: bytes, file: keyPath) } catch { throw RunFailure(error) }
        guard keyFile.node == file.node else {
            throw .configuration("\(keyPath) holds the keys of '\(keyFile.node)', and this node is '\(file.node)'")
        }
        let keys: PeerKeys
        do { keys = try keyFile.keys() } catch { throw .configuration("\(keyPath): \(error)") }
        let missing = keys.missing(of: file.configuration.peers).map { file.name(of: $0) }
        guard missing.isEmpty else {
            throw .configuration(
                "\(keyPath) has no keys for \(missing.joined(separator: ", ")); make new ones with 'tickrun key new'")
        }
        return keys
    }

    /// The ptp4l that the node follows; `nil` without one.
    package var ptp: PTPWatchOptions? { file.ptp.map { ptp in PTPWatchOptions(ptp) { place($0) } } }

    /// The options of the node.
    package func options() throws(RunFailure) -> ClusterNodeOptions {
        let keys = try keys()
        do {
            var addresses: [NodeID: SocketAddress] = [:]
            for member in file.members { addresses[NodeID(named: member.name)] = try SocketAddress(member.address) }
            var options = ClusterNodeOptions(
                file.configuration, cluster: ClusterID(named: file.cluster), listen: try SocketAddress(file.listen),
                addresses: addresses, keys: keys, statedError: file.statedError)
            options.consensus = consensus
            options.ntpServers = file.ntpServers
            // Members poll as often as this one. Each may ask four times as often, and twice that number after a pause.
            let polls = 1_000_000_000 / max(1, file.configuration.pollInterval.count)
            options.limits.requestsPerSecond = max(options.limits.requestsPerSecond, 4 * polls)
            options.limits.burst = 2 * options.limits.requestsPerSecond
            options.ntpInterval = file.ntpInterval
            options.ptp = ptp
            return options
        } catch {
            throw .configuration("\(path): members: \(error)")
        }
    }

}

/// The default folder of the nodes' sockets. Only the user may enter it.
enum ControlFolder {
    static func path() throws(RunFailure) -> String {
        let path = runtimeFolder() + "/tickrun-\(HostUser.id)"
        do { try SystemFile.makePrivateFolder(path) } catch {
            throw RunFailure(
                error, "\(path) must be a folder that no other user can enter: \(error.reason); name a \"socket\"")
        }
        return path
    }

    private static func runtimeFolder() -> String {
        let folder = HostUser.environment("XDG_RUNTIME_DIR") ?? ""
        return folder.hasPrefix("/") ? folder : "/tmp"
    }

    static func fileName(cluster: String, node: String) -> String {
        // A cluster's name may hold any character. If it is no file name, its number is used.
        let isPlain = cluster.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D || byte == 0x5F
        }
        let name = isPlain && cluster.utf8.count <= 24 ? cluster : "\(ClusterID(named: cluster).rawValue)"
        return "\(name).\(node.utf8.count <= 32 ? node : "\(NodeID(named: node).rawValue)").sock"
    }
}

extension PTPWatchOptions {
    /// - Parameter place: makes a path of the file, which is relative to the file's folder.
    fileprivate init(_ file: ClusterFile.PTP, _ place: (String) -> String) {
        self.init(
            PTPSource(
                socket: file.socket.map(place) ?? PTPSource.standardSocket, monitor: file.monitor.map(place),
                domain: file.domain),
            stated: PTPStatedErrors(hop: file.hopError, holdover: file.holdoverError))
    }
}
