// One member of a cluster on this host. The node has a thread that asks the peers, answers them, passes their replies
// to the cluster clock, and publishes the result. It decides nothing itself: `PeerAdmission` decides what is
// accepted, `ClusterClock` what is agreed, and `BestAvailableTime` what the best time is.
//
// Readers of the published state never wait, not even for this thread.

public import ClusterClock
internal import Glibc
internal import Synchronization
public import TickLinux
public import TickTime
public import TimeExchange

/// The settings with which a node begins.
public struct ClusterNodeOptions: Sendable {
    public var configuration: ClusterConfiguration
    public var cluster: ClusterID
    public var listen: SocketAddress
    /// The addresses of all peers.
    public var addresses: [NodeID: SocketAddress]
    public var keys: PeerKeys
    /// By how much this host's UTC may be off, if the operator states it; `nil` to ask the kernel.
    public var statedError: Nanoseconds?
    public var consensus = ConsensusConfiguration()
    /// The consensus of an earlier run, aged.
    public var earlierConsensus: CoarseConsensus?
    /// NTP servers to compare this host's UTC with.
    public var ntpServers: [String] = []
    public var ntpInterval = Nanoseconds.seconds(64)
    /// A ptp4l on this host that bounds this host's UTC; `nil` without one.
    public var ptp: PTPWatchOptions?
    public var limits = PeerAdmission.Limits()

    public init(
        _ configuration: ClusterConfiguration, cluster: ClusterID, listen: SocketAddress,
        addresses: [NodeID: SocketAddress], keys: PeerKeys, statedError: Nanoseconds? = nil
    ) {
        self.configuration = configuration
        self.cluster = cluster
        self.listen = listen
        self.addresses = addresses
        self.keys = keys
        self.statedError = statedError
    }
}

/// What a peer states about itself in an authentic reply. It is for display and decides nothing.
public struct PeerSaying: Hashable, Sendable {
    /// The highest view that its host's consensus has given it.
    public let view: UInt64
    /// Whether its kernel's clock is synchronized.
    public let isSynchronized: Bool
}

/// What a node notices.
public enum ClusterNodeNotice: Hashable, Sendable {
    /// Its cluster clock did.
    case clock(ClusterNotice)
    /// A change at its ptp4l.
    case ptp(PTPChange)
    /// The bounds of PTP and of the kernel or the NTP servers exclude each other by this much: neither counts.
    case sourcesContradict(by: Nanoseconds)
}

/// The state of a node, for display.
public struct ClusterNodeReport: Sendable {
    public let node: NodeID
    public let status: ClusterStatus
    public let peers: [PeerRecord]
    public let counts: PeerCounts
    /// Authentic replies that made no sample, by the kind of the error.
    public let refusedSamples: [String: Int64]
    /// Datagrams that could not be sent.
    public let unsent: Int64
    public let lastFailure: ClusterClockError?
    public let consensus: CoarseConsensus?
    public let snapshot: ClusterSnapshot
    public let best: StampedTime
    public let kernel: KernelClock?
    public let ntp: [NTPServerReport]
    /// The ptp4l that is followed; `nil` without one.
    public let ptp: PTPReport?
    /// How many times its grandmaster changed.
    public let grandmasterChanges: Int64
    /// By how much the bounds of PTP and of the kernel or the NTP servers exclude each other, so that neither counts;
    /// `nil` if they do not.
    public let sourcesContradictBy: Nanoseconds?
    /// By how much this host's UTC may be off, as it states to its peers; `nil` if unknown.
    public let statedError: Nanoseconds?
    /// How far each peer's clock was ahead of this host's clock when it last answered.
    public let peerOffsets: [NodeID: Nanoseconds]
    /// Bounds on how far each peer's clock is ahead of this host's clock now.
    public let peerIntervals: [NodeID: OffsetInterval]
    /// What each peer last stated about itself, besides the time.
    public let peersSay: [NodeID: PeerSaying]
    /// By how much this host's UTC may be off, by the kernel or NTP servers; `nil` if neither bounds it.
    public let synchronizedWithin: Nanoseconds?
    /// When this state was read: BOOTTIME and this host's UTC.
    public let boot: BootInstant
    public let hostUTC: UTCInstant
}

/// A running member of a cluster.
public final class ClusterNode: Sendable {
    /// The time, as of the last turn of the node's thread. It makes 20 turns a second if the host lets it run.
    public let time: ClusterTime
    /// The port on which it listens.
    public let port: UInt16
    private let shared: Shared
    private let ntp: NTPWatch?
    private let ptp: PTPWatch?
    private let thread: Mutex<RealTimeThread.Handle?>
    private let authority: Mutex<LeadershipAuthority?>

    /// What the node's thread shares with others.
    final class Shared: Sendable {
        let report = Mutex<ClusterNodeReport?>(nil)
        let isStopRequested = Atomic<Bool>(false)
        let isConsensusWanted = Atomic<Bool>(false)
    }

    /// Binds the node's socket and begins.
    ///
    /// - Parameter notice: receives what the node notices, on the node's thread.
    /// - Throws: `ClusterNodeError`.
    public static func start(
        _ options: ClusterNodeOptions, notice: @escaping @Sendable (ClusterNodeNotice) -> Void = { _ in }
    ) throws(ClusterNodeError) -> ClusterNode {
        let socket: UDPSocket
        do { socket = try UDPSocket(boundTo: options.listen) } catch { throw .system(error) }
        let port = socket.port
        var loop: ClusterNodeLoop
        do { loop = try ClusterNodeLoop(options, socket) } catch { throw .cluster(error) }
        let ntp: NTPWatch?
        do { ntp = try NTPWatch.start(options.ntpServers, every: options.ntpInterval) } catch { throw .system(error) }
        let ptp: PTPWatch?
        do { ptp = try PTPWatch.start(options.ptp) } catch {
            ntp?.stop()
            throw .system(error)
        }
        let authority = loop.takeLeadershipAuthority()
        let time = ClusterTime(loop.plan, loop.snapshot)
        let shared = Shared()
        let place = Mutex<ClusterNodeLoop?>(loop)
        do {
            let thread = try RealTimeThread.start(named: "tick-cluster") {
                guard var loop = place.withLock({ $0.take() }) else { preconditionFailure("a node begins once") }
                loop.run(shared, time, ntp, ptp, notice)
            }
            return ClusterNode(time, port, shared, ntp, ptp, thread, authority)
        } catch {
            ntp?.stop()
            ptp?.stop()
            throw .system(error)
        }
    }

    private init(
        _ time: ClusterTime, _ port: UInt16, _ shared: Shared, _ ntp: NTPWatch?, _ ptp: PTPWatch?,
        _ thread: RealTimeThread.Handle, _ authority: consuming LeadershipAuthority?
    ) {
        self.authority = Mutex(authority)
        self.time = time
        self.port = port
        self.shared = shared
        self.ntp = ntp
        self.ptp = ptp
        self.thread = Mutex(thread)
    }

    /// The state as of the last turn; `nil` before the node's first turn.
    public var report: ClusterNodeReport? { shared.report.withLock { $0 } }

    /// The best time now.
    public var now: StampedTime { time.now }

    /// Creates the leadership tokens, for the host of the consensus; `nil` from the second call on.
    public func takeLeadershipAuthority() -> LeadershipAuthority? { authority.withLock { $0.take() } }

    /// Asks for a coarse consensus now, before its interval is over.
    public func askForConsensus() { shared.isConsensusWanted.store(true, ordering: .relaxed) }

    /// Ends the node, and waits for its thread.
    public func stop() {
        shared.isStopRequested.store(true, ordering: .relaxed)
        ntp?.stop()
        ptp?.stop()
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }
}

/// Why a node did not begin.
public enum ClusterNodeError: Error, Sendable, CustomStringConvertible {
    case system(SystemError)
    case cluster(ClusterClockError)

    public var description: String {
        switch self {
        case .system(let error): "\(error); is another node at this address?"
        case .cluster(let error): error.description
        }
    }
}
