// The keys of a cluster's file, tickrun/cluster/1, and of a node's keys, tickrun/keys/1.

import ClusterClock
import TickTime

extension FileField {
    /// Names of members, hosts, channels and stations, which are also file names and keys.
    static let memberPattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"

    static let clusterSchema = FileField(
        "schema", "The format: always \(ClusterFile.schemaName).", .choice([ClusterFile.schemaName], default: nil))
    static let cluster = FileField(
        "cluster", "The cluster's name: the same on every member, and different from other clusters.",
        .text(pattern: namePattern, example: "studio-a"))
    static let node = FileField(
        "node", "The name of this host's member.", .text(pattern: memberPattern, example: "a"))
    static let keys = FileField(
        "keys",
        "This node's key file ('tickrun key new' makes it), from the folder of this file; not needed by a single member.",
        .text(pattern: "^.{1,4096}$", example: "a.keys.json"))
    static let members = FileField(
        "members", "Every member, including this node, in any order.",
        .objects(
            [memberName, memberAddress], List(required: ["name", "address"], limit: ClusterConfiguration.sizeLimit)))
    static let memberName = FileField(
        "name", "The member's name, distinct within the cluster.", .text(pattern: memberPattern, example: "a"))
    static let memberAddress = FileField(
        "address", "Where it listens, UDP: HOST:PORT, an IPv6 host in brackets.",
        .text(pattern: "^.{1,255}$", example: "192.0.2.1:7100"))
    static let statedErrorField = FileField(
        "stated_error_ns",
        "How far this host's UTC may be off true UTC, in ns, if you know it; by default the kernel's value.",
        .integer(AdmittedRange.configuredErrorNanoseconds, default: nil, example: 5_000_000))
    static let pollInterval = FileField(
        "poll_interval_ns", "How often each peer is polled, in ns.",
        .integer(10_000_000...10_000_000_000, default: 500_000_000))
    static let tolerance = FileField(
        "tolerance_ns", "The widest accepted agreement, in ns.",
        .integer(1_000_000...10_000_000_000, default: 500_000_000))

    static let ntp = FileField(
        "ntp", "NTP servers that check this host's UTC, in addition to the kernel's state.",
        .objects([ntpServer], List(required: ["server"], limit: 8)))
    static let ntpServer = FileField(
        "server", "HOST, or HOST:PORT.", .text(pattern: "^.{1,255}$", example: "192.0.2.53"))
    static let ntpInterval = FileField(
        "ntp_interval_ns", "How often each server is polled, in ns.",
        .integer(1_000_000_000...86_400_000_000_000, default: 64_000_000_000))
    static let ptp = FileField(
        "ptp", "A ptp4l on this host that bounds this host's UTC; it counts before NTP.",
        .object([ptpSocket, ptpMonitor, ptpDomain, ptpHopError, ptpHoldoverError]))
    static let ptpSocket = FileField(
        "socket", "The management socket of ptp4l: its uds_address, or uds_ro_address.",
        .text(pattern: "^.{1,100}$", example: "/var/run/ptp4l"))
    static let ptpMonitor = FileField(
        "monitor",
        "The path of ptp4l's slave_event_monitor, to which it sends the times of exchanges; nothing is bounded without.",
        .text(pattern: "^.{1,100}$", example: "/run/tickrun.monitor"))
    static let ptpDomain = FileField(
        "domain", "The PTP domain; by default it is looked for.",
        .integer(0...255, default: nil, example: 127))
    static let ptpHopError = FileField(
        "hop_error_ns", "The error that each step to the grandmaster adds, in ns; PTP does not carry it.",
        .integer(0...1_000_000_000, default: nil, example: 1_000))
    static let ptpHoldoverError = FileField(
        "holdover_error_ns", "How far a grandmaster in holdover (class 7) may be off, in ns.",
        .integer(0...1_000_000_000, default: nil, example: 10_000))
    static let socket = FileField(
        "socket", "The socket on which 'tickrun time' asks the node, relative to the folder of this file.",
        .text(pattern: "^.{1,100}$", example: "a.sock"))
    static let state = FileField(
        "state", "The file that keeps the coarse consensus for the next start, relative to the folder of this file.",
        .text(pattern: "^.{1,4096}$", example: "a.state.json"))

    static let consensus = FileField(
        "consensus", "The coarse consensus of the peers' clocks, used without the cluster and NTP.",
        .object([
            consensusEnabled, consensusInterval, outlierThreshold, minPeers, maxPeers, peerTimeout, minConfidence,
            maxDrift,
        ]))
    static let consensusEnabled = FileField("enabled", "Whether the coarse consensus is used.", .flag(default: true))
    static let consensusInterval = FileField(
        "interval_ns", "How often the peers are polled, in ns.",
        .integer(1_000_000_000...86_400_000_000_000, default: 60_000_000_000))
    static let outlierThreshold = FileField(
        "outlier_threshold_permille",
        "A clock farther from the median than this is an outlier, in thousandths of a deviation.",
        .integer(100...10_000, default: 2_000))
    static let minPeers = FileField(
        "min_peers", "The fewest peers that must remain without outliers.", .integer(1...10, default: 1))
    static let maxPeers = FileField(
        "max_peers", "The most peers that count, the first by id.", .integer(1...10, default: 10))
    static let peerTimeout = FileField(
        "peer_timeout_ns", "How long to wait for answers, in ns.",
        .integer(10_000_000...60_000_000_000, default: 2_000_000_000))
    static let minConfidence = FileField(
        "min_confidence_percent", "With less confidence than this, system time is used.", .integer(0...100, default: 50)
    )
    static let maxDrift = FileField(
        "max_drift_ns", "A drift beyond this causes a warning, in ns.",
        .integer(1...86_400_000_000_000, default: 3_600_000_000_000))

    static let clusterTop = [
        clusterSchema, cluster, node, keys, members, statedErrorField, pollInterval, tolerance, ntp, ntpInterval, ptp,
        socket, state, consensus,
    ]

    static let keySchema = FileField(
        "schema", "The format: always \(NodeKeyFile.schemaName).", .choice([NodeKeyFile.schemaName], default: nil))
    static let keyUse = FileField(
        "use", "The id of the keys with which this node sends; it accepts both ids.",
        .integer(0...255, default: nil))
    static let keyRows = FileField(
        "rows", "The keys of this node: each pair that contains it, in both directions.",
        .objects(
            [keyID, keyFrom, keyTo, keySecret],
            List(required: ["id", "from", "to", "secret"], limit: 4 * (ClusterConfiguration.sizeLimit - 1))))
    static let keyID = FileField("id", "Which of two keys of the pair this is.", .integer(0...255, default: nil))
    static let keyFrom = FileField(
        "from", "The member that sends with it.", .text(pattern: memberPattern, example: "a"))
    static let keyTo = FileField(
        "to", "The member that receives with it.", .text(pattern: memberPattern, example: "b"))
    static let keySecret = FileField(
        "secret", "32 bytes in hexadecimal.",
        .text(pattern: "^[0-9a-f]{64}$", example: String(repeating: "0", count: 64)))
    static let keyTop = [keySchema, node, keyUse, keyRows]
}

// The keys of a node's state, tickrun/cluster-state/1.

extension FileField {
    /// BOOTTIME: no host runs for longer.
    private static let uptimes: ClosedRange<Int64> = 0...AdmittedRange.longestDuration.count
    /// A consensus may be older than the boot that keeps it.
    private static let beginnings: ClosedRange<Int64> =
        -AdmittedRange.longestDuration.count...AdmittedRange.longestDuration.count

    static let stateSchema = FileField(
        "schema", "The format: always \(ConsensusState.schemaName).",
        .choice([ConsensusState.schemaName], default: nil))
    static let stateBootID = FileField(
        "boot_id", "The kernel's id of the boot.", .text(pattern: "^.{1,64}$", example: "0"))
    static let stateBoot = FileField(
        "saved_boot_ns", "When it was saved, BOOTTIME.", .integer(uptimes, default: nil))
    static let stateUTC = FileField(
        "saved_utc_ns", "When it was saved, in this host's UTC.",
        .integer(AdmittedRange.utcNanoseconds, default: nil))
    static let stateMade = FileField(
        "made_boot_ns", "When the consensus was made, BOOTTIME.", .integer(beginnings, default: nil))
    static let stateDrift = FileField(
        "drift_ns", "Ours − consensus.",
        .integer(AdmittedRange.offsetNanoseconds, default: nil))
    static let stateConfidence = FileField(
        "confidence_ppm", "The confidence as it was saved, in millionths.", .integer(0...1_000_000, default: nil))
    static let statePeers = FileField(
        "peers", "How far each peer's clock was ahead of ours.",
        .objects(
            [memberName, stateOffset], List(required: ["name", "offset_ns"], limit: ClusterConfiguration.sizeLimit)))
    static let stateOffset = FileField(
        "offset_ns", "Its time − ours.",
        .integer(AdmittedRange.offsetNanoseconds, default: nil))
    static let stateDigest = FileField(
        "sha256", "The SHA-256 of the other values.",
        .text(pattern: "^[0-9a-f]{64}$", example: String(repeating: "0", count: 64)))
    static let stateTop = [
        stateSchema, node, stateBootID, stateBoot, stateUTC, stateMade, stateDrift, stateConfidence, statePeers,
        stateDigest,
    ]
}
