// Follows a ptp4l on a separate thread: takes the exchanges as they come, and asks for the data sets four times a
// second. A ptp4l that is gone is looked for again every second.

internal import ClusterClock
internal import Synchronization
internal import TickLinux
public import TickTime
public import TimeExchange

/// Which ptp4l a node follows, and what only the operator knows of its network.
public struct PTPWatchOptions: Hashable, Sendable {
    public var source: PTPSource
    public var stated: PTPStatedErrors

    public init(_ source: PTPSource, stated: PTPStatedErrors = PTPStatedErrors()) {
        self.source = source
        self.stated = stated
    }
}

/// The state of a ptp4l that is followed.
public struct PTPReport: Hashable, Sendable {
    public let source: PTPSource
    /// What was last measured; `nil` before the first time, and if ptp4l gives no status.
    public var measurement: PTPMeasurement?
    /// BOOTTIME of `measurement`.
    public var taken: BootInstant?
    /// Why ptp4l gives no status.
    public var failure: PTPFailure?
    /// After so long a measurement no longer counts: the thread that makes them hangs.
    static let greatestAge = Nanoseconds.seconds(1)

    /// Why it does not bound UTC now; `nil` if it does.
    public var fault: String? {
        if let failure { return "\(failure)" }
        guard let measurement else { return "ptp4l was not asked yet" }
        return measurement.bound.provenance.fault
    }

    /// By how much the host is off UTC.
    ///
    /// - Parameter stepped: when CLOCK_REALTIME was last set.
    func statedError(at now: BootInstant, since stepped: BootInstant?) -> StatedError? {
        guard let measurement, let taken, now -| taken <= Self.greatestAge, taken > stepped ?? taken -| Nanoseconds(1)
        else { return nil }
        return StatedError(ptp: measurement.bound, read: taken)
    }
}

/// Follows a ptp4l.
final class PTPWatch: Sendable {
    private static let questionInterval = Nanoseconds.milliseconds(250)
    private static let timeLimit = Nanoseconds.milliseconds(500)
    private static let retryInterval = Nanoseconds.seconds(1)
    private static let tableInterval = Nanoseconds.seconds(3_600)
    private static let slice = Nanoseconds.milliseconds(50)

    private let state: Mutex<PTPReport>
    private let isStopRequested = Atomic<Bool>(false)
    private let thread = Mutex<RealTimeThread.Handle?>(nil)

    private init(_ source: PTPSource) { state = Mutex(PTPReport(source: source)) }

    /// - Returns: `nil` if there is none to follow.
    /// - Throws: `SystemError`.
    static func start(_ options: PTPWatchOptions?) throws(SystemError) -> PTPWatch? {
        guard let options else { return nil }
        let watch = PTPWatch(options.source)
        let handle = try RealTimeThread.start(named: "tick-ptp") { watch.run(options) }
        watch.thread.withLock { $0 = handle }
        return watch
    }

    var report: PTPReport { state.withLock { $0 } }

    /// Ends the thread, and waits for it: its sockets' files go with it.
    func stop() {
        isStopRequested.store(true, ordering: .relaxed)
        let handle = thread.withLock { handle in
            defer { handle = nil }
            return handle
        }
        handle?.join()
    }

    private var isStopping: Bool { isStopRequested.load(ordering: .relaxed) }

    private func run(_ options: PTPWatchOptions) {
        while !isStopping {
            do throws(PTPFailure) { try follow(options) } catch {
                state.withLock { ($0.measurement, $0.taken, $0.failure) = (nil, nil, error) }
            }
            let next = HostClock.boot() +| Self.retryInterval
            while !isStopping, HostClock.boot() < next {
                HostClock.sleep(until: HostClock.monotonic() +| Self.slice)
            }
        }
    }

    /// Follows it until it is gone.
    private func follow(_ options: PTPWatchOptions) throws(PTPFailure) {
        let management: LocalDatagrams
        do { management = try LocalDatagrams(connectedTo: options.source.socket) } catch { throw .socket(error) }
        var following = Following(options)
        try following.findDomain(management)
        guard let path = options.source.monitor else {
            while !isStopping {
                publish(try following.ask(management))
                HostClock.sleep(until: HostClock.monotonic() +| Self.questionInterval)
            }
            return
        }
        let monitor: LocalDatagrams
        do { monitor = try LocalDatagrams(boundTo: path) } catch { throw .monitor(error) }
        while !isStopping {
            publish(try following.ask(management))
            let next = HostClock.boot() +| Self.questionInterval
            while !isStopping, monitor.wait(until: next) { publish(following.take(monitor)) }
        }
    }

    private func publish(_ measurement: PTPMeasurement?) {
        guard let measurement else { return }
        let now = HostClock.boot()
        state.withLock { ($0.measurement, $0.taken, $0.failure) = (measurement, now, nil) }
    }

    /// What is known of a ptp4l since its sockets were opened.
    private struct Following {
        private let stated: PTPStatedErrors
        private var asking: PTPAsking
        private var domain: UInt8 = 0
        private var status: PTPStatus?
        private var window = PTPWindow()
        private var table = HostTAIOffset.leapSeconds()
        private var tableRead = HostClock.boot()

        init(_ options: PTPWatchOptions) {
            stated = options.stated
            asking = PTPAsking(options.source, PTPWatch.timeLimit)
        }

        mutating func findDomain(_ management: borrowing LocalDatagrams) throws(PTPFailure) {
            domain = try asking.findDomain(management)
        }

        /// Asks for the data sets.
        mutating func ask(_ management: borrowing LocalDatagrams) throws(PTPFailure) -> PTPMeasurement? {
            let status = try asking.status(management, domain)
            self.status = status
            let now = HostClock.boot()
            window.follow(status.parent, at: now)
            if now -| tableRead > PTPWatch.tableInterval { (table, tableRead) = (HostTAIOffset.leapSeconds(), now) }
            PTPClient.observe(&window)
            return measurement
        }

        /// Takes the exchanges that have come.
        mutating func take(_ monitor: borrowing LocalDatagrams) -> PTPMeasurement? {
            PTPClient.observe(&window)
            PTPClient.take(monitor, into: &window)
            return measurement
        }

        private var measurement: PTPMeasurement? {
            status.map { PTPClient.measurement(domain, $0, window, stated, table) }
        }
    }
}
