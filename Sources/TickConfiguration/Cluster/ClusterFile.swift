// A cluster, as the file of one of its members describes it.
//
//     {
//       "schema": "tickrun/cluster/1",
//       "cluster": "studio-a", "node": "a", "keys": "a.keys.json",
//       "members": [ { "name": "a", "address": "192.0.2.1:7100" }, { "name": "b", "address": "192.0.2.2:7100" } ]
//     }
//
// Members know each other by the digest of their names, so the order in which a file lists them does not matter. The
// file is read as strictly as a profile.

public import ClusterClock
internal import MessageDigest
public import TickTime
public import TimeExchange

extension NodeID {
    /// The member of this name: the first eight bytes of the name's SHA-256.
    public init(named name: String) { self.init(rawValue: SHA256.digest(of: "node " + name).firstNumber) }
}

extension ClusterID {
    /// The cluster of this name.
    public init(named name: String) { self.init(rawValue: SHA256.digest(of: "cluster " + name).firstNumber) }
}

extension SHA256Digest {
    fileprivate var firstNumber: UInt64 { (0..<8).reduce(0) { $0 << 8 | UInt64(self[$1]) } }
}

/// A member's configuration of its cluster.
public struct ClusterFile: Hashable, Sendable {
    public struct Member: Hashable, Sendable {
        public let name: String
        public let address: String
    }

    /// A ptp4l on this host.
    public struct PTP: Hashable, Sendable {
        /// The paths of its sockets; `nil`: the standard socket, and no monitor.
        public let socket: String?
        public let monitor: String?
        public let domain: UInt8?
        /// What only the operator knows: the error of a hop, and of a grandmaster in holdover.
        public let hopError: Nanoseconds?
        public let holdoverError: Nanoseconds?
    }

    public static let schemaName = "tickrun/cluster/1"
    public let cluster: String
    public let node: String
    /// As it is written, from the folder of the file; `nil` if the node is the only member, which needs no keys.
    public let keys: String?
    public let members: [Member]
    public let statedError: Nanoseconds?
    /// NTP servers, as they are written.
    public let ntpServers: [String]
    public let ntpInterval: Nanoseconds
    /// The ptp4l that bounds this host's UTC; `nil` without one.
    public let ptp: PTP?
    /// As they are written, from the folder of the file; `nil`: none are named.
    public let socket: String?
    public let state: String?
    public let configuration: ClusterConfiguration
    public let consensus: ConsensusConfiguration

    /// This node's own address.
    public var listen: String { members.first { $0.name == node }?.address ?? "" }

    /// The name of a member; its number, if it is not a member.
    public func name(of id: NodeID) -> String {
        members.first { NodeID(named: $0.name) == id }?.name ?? "\(id.rawValue)"
    }

    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`, which lists every fault found.
    public init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.clusterTop, file: file, log)
        for field in [FileField.clusterSchema, .cluster, .node, .members] { top.require(field) }
        _ = top.choice(.clusterSchema)
        let members = Self.members(top, log)
        if members.count != 1 { top.require(.keys) }
        let node = top.text(.node) ?? ""
        if top.has(.node), !members.isEmpty, !members.contains(where: { $0.name == node }) {
            top.note(
                .node, "'\(node)' is not one of the members",
                "write one of \(members.map(\.name).joined(separator: ", "))"
            )
        }
        var configuration = ClusterConfiguration(
            node: NodeID(named: node), peers: members.map(\.name).filter { $0 != node }.map { NodeID(named: $0) })
        if let tolerance = top.integer(.tolerance) { configuration.tolerance = Nanoseconds(tolerance) }
        if let poll = top.integer(.pollInterval) { configuration.pollInterval = Nanoseconds(poll) }
        cluster = top.text(.cluster) ?? ""
        keys = top.text(.keys)
        statedError = top.integer(.statedErrorField).map { Nanoseconds($0) }
        ntpServers = top.objects(.ntp).compactMap { reader in
            reader.require(.ntpServer)
            return reader.text(.ntpServer)
        }
        ntpInterval = Nanoseconds(top.integer(.ntpInterval) ?? 0)
        ptp = top.object(.ptp).map { PTP($0) }
        socket = top.text(.socket)
        state = top.text(.state)
        self.node = node
        self.members = members
        self.configuration = configuration
        consensus = Self.consensus(top)
        try log.throwIfAny()
        do { try configuration.validate() } catch {
            top.note(.members, "\(error)", "")
            try log.throwIfAny()
        }
    }

    private static func consensus(_ top: ObjectReader) -> ConsensusConfiguration {
        var consensus = ConsensusConfiguration()
        guard let reader = top.object(.consensus) else { return consensus }
        if let flag = reader.flag(.consensusEnabled) { consensus.isEnabled = flag }
        if let interval = reader.integer(.consensusInterval) { consensus.interval = Nanoseconds(interval) }
        if let threshold = reader.integer(.outlierThreshold) { consensus.outlierThreshold = threshold }
        if let least = reader.integer(.minPeers) { consensus.minPeers = Int(least) }
        if let most = reader.integer(.maxPeers) { consensus.maxPeers = Int(most) }
        if let timeout = reader.integer(.peerTimeout) { consensus.peerTimeout = Nanoseconds(timeout) }
        if let confidence = reader.integer(.minConfidence) { consensus.minConfidence = Double(confidence) / 100 }
        if let drift = reader.integer(.maxDrift) { consensus.maxDrift = Nanoseconds(drift) }
        if let fault = consensus.fault { top.note(.consensus, "its values contradict each other", fault) }
        return consensus
    }

    private static func members(_ top: ObjectReader, _ log: ProblemLog) -> [Member] {
        var members: [Member] = []
        for reader in top.objects(.members) {
            for field in [FileField.memberName, .memberAddress] { reader.require(field) }
            guard let name = reader.text(.memberName), let address = reader.text(.memberAddress) else { continue }
            if members.contains(where: { $0.name == name }) {
                reader.note(.memberName, "'\(name)' is listed twice", "give each member a different name")
            }
            if members.contains(where: { $0.address == address }) {
                reader.note(
                    .memberAddress, "'\(address)' is another member's", "give each member a different address")
            }
            members.append(Member(name: name, address: address))
        }
        return members
    }
}

extension ClusterFile.PTP {
    fileprivate init(_ reader: ObjectReader) {
        socket = reader.text(.ptpSocket)
        monitor = reader.text(.ptpMonitor)
        domain = reader.integer(.ptpDomain).map { UInt8($0) }
        hopError = reader.integer(.ptpHopError).map { Nanoseconds($0) }
        holdoverError = reader.integer(.ptpHoldoverError).map { Nanoseconds($0) }
    }
}

/// The keys of one node, as its file holds them.
public struct NodeKeyFile: Hashable, Sendable {
    /// A key, with its members' names.
    public struct Row: Hashable, Sendable {
        public let from: String
        public let to: String
        public let id: UInt8
        public let secret: [UInt8]

        public init(from: String, to: String, id: UInt8, secret: [UInt8]) {
            self.from = from
            self.to = to
            self.id = id
            self.secret = secret
        }
    }

    public static let schemaName = "tickrun/keys/1"
    public let node: String
    public let use: UInt8
    public let rows: [Row]

    public init(node: String, use: UInt8, rows: [Row]) {
        self.node = node
        self.use = use
        self.rows = rows
    }

    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`, which lists every fault found, and no secret.
    public init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.keyTop, file: file, log)
        for field in FileField.keyTop { top.require(field) }
        _ = top.choice(.keySchema)
        var rows: [Row] = []
        for reader in top.objects(.keyRows) {
            for field in [FileField.keyID, .keyFrom, .keyTo, .keySecret] { reader.require(field) }
            guard let id = reader.integer(.keyID), let from = reader.text(.keyFrom), let to = reader.text(.keyTo),
                let secret = reader.text(.keySecret)
            else { continue }
            guard let digest = SHA256Digest(hex: secret) else {
                reader.note(.keySecret, "it is not 32 bytes in hexadecimal", "make keys with 'tickrun key new'")
                continue
            }
            rows.append(Row(from: from, to: to, id: UInt8(id), secret: digest.bytes))
        }
        node = top.text(.node) ?? ""
        use = UInt8(top.integer(.keyUse) ?? 0)
        self.rows = rows
        try log.throwIfAny()
    }

    /// The keys as an exchange uses them.
    ///
    /// - Throws: `PeerKeyError`.
    public func keys() throws(PeerKeyError) -> PeerKeys {
        try PeerKeys(
            rows.map { .init(from: NodeID(named: $0.from), to: NodeID(named: $0.to), id: $0.id, secret: $0.secret) },
            of: NodeID(named: node), sending: use)
    }
}
