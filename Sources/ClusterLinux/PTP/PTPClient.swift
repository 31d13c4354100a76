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
    /// Its answers are no status.
    case round(PTPRoundFailure)

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
        case .round(let failure): "ptp4l: \(failure)"
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
        let management: LocalDatagrams
        do { management = try LocalDatagrams(connectedTo: source.socket) } catch { throw .socket(error) }
        var asking = PTPAsking(source, timeLimit)
        let domain = try asking.findDomain(management)
        guard let path = source.monitor else {
            let status = try asking.status(management, domain)
            var none = PTPWindow(length: window)
            none.follow(status.parent, at: HostClock.boot())
            return measurement(domain, status, none, stated, HostTAIOffset.leapSeconds())
        }
        let monitor: LocalDatagrams
        do { monitor = try LocalDatagrams(boundTo: path) } catch { throw .monitor(error) }
        var exchanges = PTPWindow(length: max(.milliseconds(100), min(.seconds(10), window)))
        exchanges.follow(try asking.status(management, domain).parent, at: HostClock.boot())
        let end = HostClock.boot() +| exchanges.length
        observe(&exchanges)
        while monitor.wait(until: end) {
            observe(&exchanges)
            take(monitor, into: &exchanges)
        }
        observe(&exchanges)
        // The state of the port, the grandmaster and the parent are those of the end.
        let status = try asking.status(management, domain)
        exchanges.follow(status.parent, at: HostClock.boot())
        return measurement(domain, status, exchanges, stated, HostTAIOffset.leapSeconds())
    }

    /// Compares the clock that stamps the exchanges with CLOCK_MONOTONIC_RAW.
    static func observe(_ exchanges: inout PTPWindow) {
        let reading = HostClock.hostReading(taiOffset: 0)
        let ahead = Nanoseconds(reading.realtime.nanoseconds) -| reading.raw
        exchanges.watch(
            clockAhead: OffsetInterval(ahead, bound: reading.halfBracket +| reading.halfBracket), at: reading.boot)
    }

    /// Takes the exchanges that have come.
    static func take(_ monitor: borrowing LocalDatagrams, into exchanges: inout PTPWindow) {
        while let bytes = monitor.receive() {
            // What is no such message is not ptp4l's, or of a later version: it measures nothing.
            guard let all = try? PTPExchangeTimes.all(in: bytes.span) else { continue }
            let now = HostClock.boot()
            for times in all { exchanges.add(times, at: now) }
        }
    }

    static func measurement(
        _ domain: UInt8, _ status: PTPStatus, _ window: PTPWindow, _ stated: PTPStatedErrors,
        _ table: LeapSecondTable
    ) -> PTPMeasurement {
        let bound = status.bound(
            by: window, stated: stated, leapSeconds: table, at: HostClock.boot(), utc: HostClock.utc())
        return PTPMeasurement(
            domain: domain, status: status, bound: bound, exchanges: window.count, changes: window.changes,
            clockSteps: window.clockSteps)
    }
}
