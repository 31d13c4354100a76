// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// A member of a cluster, set up from structs: the same node as `tickrun node` sets up from files.

public import CTickScheduler
internal import ClusterClock
internal import Synchronization
internal import ClusterLinux
internal import TickLinux
internal import TickTime
internal import TimeExchange

/// A running member.
final class Cluster: Sendable {
    let node: ClusterNode
    private let authority: Mutex<LeadershipAuthority?>

    init(_ options: ClusterNodeOptions) throws(CallError) {
        do { node = try ClusterNode.start(options) } catch { throw CallError(error) }
        authority = Mutex(node.takeLeadershipAuthority())
    }

    func lead(view: UInt64, floor: UTCInstant) {
        let token = authority.withLock { authority in authority?.token(view: view, floor: floor) }
        node.time.lead(token)
    }
}

extension tick_cluster_options {
    fileprivate static var defaults: tick_cluster_options {
        let standard = ClusterConfiguration(node: NodeID(rawValue: 0), peers: [])
        var options = tick_cluster_options()
        options.struct_size = UInt32(MemoryLayout<tick_cluster_options>.size)
        options.stated_error_ns = -1
        options.tolerance_ns = standard.tolerance.count
        options.poll_interval_ns = standard.pollInterval.count
        options.agreement_length_ns = standard.epochLength.count
        options.drift_bound_ppb = standard.driftBound
        return options
    }
}

extension ClusterNodeOptions {
    /// - Throws: TICK_ERROR_NULL, TICK_ERROR_STRUCT_SIZE, TICK_ERROR_ARGUMENT, TICK_ERROR_CLUSTER.
    fileprivate init(_ pointer: UnsafePointer<tick_cluster_options>?) throws(CallError) {
        let options = try unsafe tick_cluster_options.read(pointer, over: .defaults)
        let node = NodeID(rawValue: options.node)
        var addresses: [NodeID: SocketAddress] = [:]
        let peers = try unsafe list(options.peers, options.peer_count, "peers")
        for peer in peers {
            addresses[NodeID(rawValue: peer.node)] = try unsafe Self.address(peer.address, "peers.address")
        }
        var rows: [PeerKeys.Row] = []
        for key in try unsafe list(options.keys, options.key_count, "keys") {
            var secret = key.secret
            rows.append(
                PeerKeys.Row(
                    from: NodeID(rawValue: key.from), to: NodeID(rawValue: key.to), id: key.id,
                    secret: unsafe withUnsafeBytes(of: &secret) { unsafe Array($0) }))
        }
        guard let sending = UInt8(exactly: options.sending_key) else {
            throw CallError(TICK_ERROR_ARGUMENT, "sending_key is \(options.sending_key); give the id of a key")
        }
        let keys: PeerKeys
        do { keys = try PeerKeys(rows, of: node, sending: sending) } catch { throw CallError(error) }
        let missing = keys.missing(of: addresses.keys.sorted())
        guard missing.isEmpty else {
            throw CallError(
                TICK_ERROR_CLUSTER,
                "keys are missing for node \(missing.map { "\($0.rawValue)" }.joined(separator: ", ")); "
                    + "give one for each direction, with the id of sending_key")
        }
        var configuration = ClusterConfiguration(node: node, peers: peers.map { NodeID(rawValue: $0.node) })
        configuration.tolerance = try admittedLength(options.tolerance_ns, "tolerance_ns")
        configuration.pollInterval = try admittedLength(options.poll_interval_ns, "poll_interval_ns")
        configuration.epochLength = try admittedLength(options.agreement_length_ns, "agreement_length_ns")
        configuration.driftBound = options.drift_bound_ppb
        self.init(
            configuration, cluster: ClusterID(rawValue: options.cluster),
            listen: try unsafe Self.address(options.listen, "listen"), addresses: addresses, keys: keys,
            statedError: try admittedError(options.stated_error_ns, "stated_error_ns"))
        let servers = try unsafe list(options.ntp_servers, options.ntp_server_count, "ntp_servers")
        for place in unsafe servers.indices { ntpServers.append(try unsafe text(servers[place], "ntp_servers")) }
    }

    private static func address(
        _ pointer: UnsafePointer<CChar>?, _ name: String
    ) throws(CallError) -> SocketAddress {
        let spelling = try unsafe text(pointer, name)
        do { return try SocketAddress(spelling, isNumeric: true) } catch {
            throw CallError(TICK_ERROR_ARGUMENT, "\(name): \(error); write it as 192.0.2.7:12300")
        }
    }
}

@c @implementation
public func tick_cluster_options_init(
    _ options: UnsafeMutablePointer<tick_cluster_options>!, _ struct_size: Int
) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_cluster_options.initialize(options, struct_size, to: .defaults)
    }
}

@c @implementation
public func tick_cluster_start(
    _ options: UnsafePointer<tick_cluster_options>!, _ cluster: UnsafeMutablePointer<OpaquePointer?>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(cluster, "cluster") { () throws(CallError) in
            let member = try Cluster(try unsafe ClusterNodeOptions(options))
            do throws(CallError) { return try unsafe open(member, .cluster) } catch {
                member.node.stop()
                throw error
            }
        }
    }
}

@c @implementation
public func tick_cluster_now(
    _ cluster: OpaquePointer!, _ timestamp: UnsafeMutablePointer<tick_timestamp>!
) -> tick_status {
    call { () throws(CallError) in
        try unsafe fill(timestamp, "timestamp") { () throws(CallError) in
            let member = try unsafe object(cluster, .cluster, as: Cluster.self)
            return tick_timestamp(member.node.time.tickTimestamp())
        }
    }
}

@c @implementation
public func tick_cluster_lead(_ cluster: OpaquePointer!, _ view: UInt64, _ floor_utc_ns: Int64) -> tick_status {
    call { () throws(CallError) in
        let member = try unsafe object(cluster, .cluster, as: Cluster.self)
        member.lead(view: view, floor: try admittedInstant(floor_utc_ns, "floor_utc_ns"))
    }
}

@c @implementation
public func tick_cluster_follow(_ cluster: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in
        try unsafe object(cluster, .cluster, as: Cluster.self).node.time.lead(nil)
    }
}

@c @implementation
public func tick_cluster_destroy(_ cluster: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in
        try unsafe close(cluster, .cluster, as: Cluster.self).node.stop()
    }
}
