internal import ClusterClock
internal import TickLinux
internal import TickTime
internal import TimeExchange

/// What is known of a ptp4l since its sockets were opened.
struct PTPFollowing: ~Copyable {
    private static let tableInterval = Nanoseconds.seconds(3_600)

    private let stated: PTPStatedErrors
    private let management: LocalDatagrams
    private var asking: PTPAsking
    private let domain: UInt8
    private var window: PTPWindow
    private var status: PTPStatus?
    private var table = HostTAIOffset.leapSeconds()
    private var tableRead = HostClock.boot()

    private init(
        _ management: consuming LocalDatagrams, _ asking: PTPAsking, _ domain: UInt8, _ stated: PTPStatedErrors,
        _ window: PTPWindow
    ) {
        (self.asking, self.domain, self.stated, self.window) = (asking, domain, stated, window)
        self.management = management
    }

    /// Opens its management socket, and finds its domain.
    ///
    /// - Parameters:
    ///   - window: for how long an exchange counts.
    ///   - timeLimit: how long each round of questions may take.
    static func begin(
        _ source: PTPSource, _ stated: PTPStatedErrors, window: Nanoseconds, timeLimit: Nanoseconds
    ) throws(PTPFailure) -> PTPFollowing {
        let management: LocalDatagrams
        do { management = try LocalDatagrams(connectedTo: source.socket) } catch { throw .socket(error) }
        var asking = PTPAsking(source, timeLimit)
        let domain = try asking.findDomain(management)
        return PTPFollowing(management, asking, domain, stated, PTPWindow(length: window))
    }

    /// Asks for the data sets.
    mutating func ask() throws(PTPFailure) -> PTPMeasurement {
        let status = try asking.status(management, domain)
        self.status = status
        let now = HostClock.boot()
        window.follow(status.parent, at: now)
        if now -| tableRead > Self.tableInterval { (table, tableRead) = (HostTAIOffset.leapSeconds(), now) }
        compareClocks()
        return measurement(status)
    }

    /// Takes the exchanges that have come.
    ///
    /// - Returns: `nil` before the first question.
    mutating func take(_ monitor: borrowing LocalDatagrams) -> PTPMeasurement? {
        compareClocks()
        while let bytes = monitor.receive() {
            // What is no such message is not ptp4l's, or of a later version: it measures nothing.
            guard let all = try? PTPExchangeTimes.all(in: bytes.span) else { continue }
            let now = HostClock.boot()
            for times in all { window.add(times, at: now) }
        }
        return status.map { measurement($0) }
    }

    /// Compares the clock that stamps the exchanges with CLOCK_MONOTONIC_RAW.
    private mutating func compareClocks() {
        let reading = HostClock.hostReading(taiOffset: 0)
        let ahead = Nanoseconds(reading.realtime.nanoseconds) -| reading.raw
        window.watch(
            clockAhead: OffsetInterval(ahead, bound: reading.halfBracket +| reading.halfBracket), at: reading.boot)
    }

    private func measurement(_ status: PTPStatus) -> PTPMeasurement {
        let bound = status.bound(
            by: window, stated: stated, leapSeconds: table, at: HostClock.boot(), utc: HostClock.utc())
        return PTPMeasurement(
            domain: domain, status: status, bound: bound, exchanges: window.count, changes: window.changes,
            clockSteps: window.clockSteps)
    }
}
