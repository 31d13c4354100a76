// Asks a ptp4l on this host for its status, and bounds this host's UTC by the exchanges that it hands over.

public import ClusterClock
public import TickLinux
public import TickTime
public import TimeExchange

/// Where a ptp4l is asked.
public struct PTPSource: Hashable, Sendable {
    /// linuxptp's standard for the management socket (`uds_address`).
    public static let standardSocket = "/var/run/ptp4l"

    /// The path of its management socket. With linuxptp 4 the read-only socket (`uds_ro_address`) will do.
    public var socket: String
    /// The path to which it sends the times of exchanges (`slave_event_monitor`); `nil`: there is only an estimate.
    public var monitor: String?
    /// Its domain, 0 to 255; `nil`: it is looked for.
    public var domain: UInt8?

    public init(socket: String = standardSocket, monitor: String? = nil, domain: UInt8? = nil) {
        self.socket = socket
        self.monitor = monitor
        self.domain = domain
    }
}

/// Why a ptp4l gave no status.
public enum PTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its management socket cannot be used.
    case socket(SystemError)
    /// The socket for the times of exchanges cannot be used.
    case monitor(SystemError)
    /// It answers in no domain, or not in the one that was given.
    case silent(socket: String, domain: UInt8?)
    /// It reads nothing of what it is asked.
    case unread(socket: String)
    /// Its answers are no status.
    case round(PTPRoundFailure)
    /// What was measured is this old, because the thread that follows ptp4l does not run.
    case late(Nanoseconds)
    /// This host's UTC was set, and nothing was measured since.
    case clockSet

    public var description: String {
        switch self {
        case .socket(let error) where error.isMissing:
            "\(error.subject) does not exist; is ptp4l running, and is this its uds_address?"
        case .socket(let error) where error.isPermission:
            "\(error.subject): \(error.reason); run as root, or give the read-only socket of linuxptp 4 (uds_ro_address)"
        case .socket(let error): "ptp4l's socket \(error.subject): \(error.reason); is ptp4l running?"
        case .monitor(let error) where error.isAddressInUse:
            "another program already takes the times of exchanges at \(error.subject); end it, or give this one no monitor"
        case .monitor(let error): "slave_event_monitor \(error.subject): \(error.reason)"
        case .silent(let socket, let domain):
            "ptp4l at \(socket) does not answer"
                + (domain.map { " in domain \($0); check its domainNumber" } ?? " in any domain")
        case .unread(let socket):
            "ptp4l at \(socket) does not read its socket; is it stopped? Continue it with kill -CONT, or restart it"
        case .round(let failure): "ptp4l: \(failure)"
        case .late(let age):
            "the last measurement is \(age.count / 1_000_000) ms old, because the node's thread for ptp4l does not run"
        case .clockSet: "this host's UTC was set, and nothing was measured since"
        }
    }

    /// Whether it was asked and answered.
    public var hasAnswered: Bool {
        if case .round = self { true } else { false }
    }
}

/// What a ptp4l and its exchanges say of this host's UTC.
public struct PTPMeasurement: Hashable, Sendable {
    public let domain: UInt8
    public let status: PTPStatus
    /// How far UTC is ahead of CLOCK_REALTIME, with its provenance.
    public let bound: SourcedBound
    /// The exchanges with the parent that count.
    public let exchanges: Int
    /// How many times the parent or the grandmaster changed meanwhile.
    public let changes: Int
    /// How many times CLOCK_REALTIME was set meanwhile, or slewed too fast.
    public let clockSteps: Int
}

/// A client of ptp4l.
public enum PTPClient {
    /// Asks ptp4l, collects the times of exchanges for a window's length, and asks again.
    ///
    /// - Parameters:
    ///   - stated: the errors that only the operator knows.
    ///   - window: for how long exchanges are collected, 100 ms to 10 s.
    ///   - timeLimit: how long each round of questions may take.
    /// - Throws: `PTPFailure`.
    public static func measure(
        _ source: PTPSource, stated: PTPStatedErrors = PTPStatedErrors(), window: Nanoseconds = .seconds(1),
        timeLimit: Nanoseconds = .seconds(1)
    ) throws(PTPFailure) -> PTPMeasurement {
        let length = max(.milliseconds(100), min(.seconds(10), window))
        var following = try PTPFollowing.begin(source, stated, window: length, timeLimit: timeLimit)
        guard let path = source.monitor else { return try following.ask() }
        let monitor: LocalDatagrams
        do { monitor = try LocalDatagrams(boundTo: path) } catch { throw .monitor(error) }
        _ = try following.ask()
        let end = HostClock.boot() +| length
        while monitor.wait(until: end) { _ = following.take(monitor) }
        // The state of the port, the grandmaster and the parent are those of the end.
        return try following.ask()
    }
}
