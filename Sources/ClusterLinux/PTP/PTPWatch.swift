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

    /// The report as it counts at a turn of the node: without a measurement that is too old, or from before a step.
    ///
    /// - Parameter stepped: when CLOCK_REALTIME was last set.
    func counting(at now: BootInstant, since stepped: BootInstant?) -> PTPReport {
        guard let taken else { return self }
        var report = self
        if let stepped, taken <= stepped {
            report.failure = .clockSet
        } else if now -| taken > Self.greatestAge {
            report.failure = .late(now -| taken)
        } else {
            return self
        }
        (report.measurement, report.taken) = (nil, nil)
        return report
    }

    /// By how much the host is off UTC.
    var statedError: StatedError? {
        guard let measurement, let taken else { return nil }
        return StatedError(ptp: measurement.bound, read: taken)
    }
}

/// Follows a ptp4l.
final class PTPWatch: Sendable {
    private static let questionInterval = Nanoseconds.milliseconds(250)
    private static let timeLimit = Nanoseconds.milliseconds(500)
    private static let retryInterval = Nanoseconds.seconds(1)
    private static let window = Nanoseconds.seconds(1)
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
        var following = try PTPFollowing.begin(
            options.source, options.stated, window: Self.window, timeLimit: Self.timeLimit)
        guard let path = options.source.monitor else {
            while !isStopping {
                publish(try following.ask())
                HostClock.sleep(until: HostClock.monotonic() +| Self.questionInterval)
            }
            return
        }
        let monitor: LocalDatagrams
        do { monitor = try LocalDatagrams(boundTo: path) } catch { throw .monitor(error) }
        while !isStopping {
            publish(try following.ask())
            let next = HostClock.boot() +| Self.questionInterval
            while !isStopping, monitor.wait(until: next) {
                if let measurement = following.take(monitor) { publish(measurement) }
            }
        }
    }

    private func publish(_ measurement: PTPMeasurement) {
        let now = HostClock.boot()
        state.withLock { ($0.measurement, $0.taken, $0.failure) = (measurement, now, nil) }
    }
}
