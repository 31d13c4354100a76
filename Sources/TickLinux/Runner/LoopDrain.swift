// The thread beside the tick thread. It empties the record ring, watches the clocks, and watches
// the tick thread: a handler that does not return is reported while it hangs, not after.

public import TickScheduling
public import TickTime

/// Receives what a loop did. All calls come from the drain thread, one at a time, before `TickRunner.wait()` returns.
/// Every method has an empty default.
public protocol LoopObserver: AnyObject, Sendable {
    /// The sessions are anchored, and no tick has been delivered. This is the first call, and it comes once.
    func began(_ beginning: TickRunner.Beginning, control: LoopControl)
    /// The sessions of the loop changed; a session is reported before its first tick.
    func changed(_ change: LoopChange)
    /// A tick was delivered and its handler returned.
    func delivered(_ record: TickRecord)
    /// Something happened that no tick shows.
    func incident(_ incident: LoopIncident)
    /// The host's clocks, read at the beginning, once a second and at the end.
    func observed(_ clocks: ClockObservation)
    /// All waiting records have been reported. Use this call to draw or flush.
    func drained(at now: MonotonicInstant)
}

extension LoopObserver {
    public func began(_ beginning: TickRunner.Beginning, control: LoopControl) {}
    public func changed(_ change: LoopChange) {}
    public func delivered(_ record: TickRecord) {}
    public func incident(_ incident: LoopIncident) {}
    public func observed(_ clocks: ClockObservation) {}
    public func drained(at now: MonotonicInstant) {}
}

/// What the drain learnt about the clocks in a run.
public struct ClockReport: Sendable {
    public let divergence: DivergenceMonitor
    public let rate: MonotonicRate
    /// How often timerfd reported that CLOCK_REALTIME was set; `nil` if the host refused the timer.
    public let timesSet: Int?
    /// Records that were lost because the ring was full.
    public let lostRecords: Int
}

/// The drain of one loop.
struct LoopDrain {
    /// How often the ring is emptied.
    static let interval = Nanoseconds.milliseconds(20)

    let ring: RecordRing
    let control: LoopControl
    let beginning: TickRunner.Beginning
    let hangsAfter: Nanoseconds
    let observer: any LoopObserver

    /// Drains until `isFinished` returns true, and then once more.
    func run(isFinished: () -> Bool) -> ClockReport {
        observer.began(beginning, control: control)
        var clocks = ClockWatch(epoch: beginning.clockEpoch, now: HostClock.monotonic())
        var hang = HangWatch(hangsAfter: hangsAfter)
        let quotas = try? CPUQuotaGroups.ofThisProcess()
        var lostSaid = 0
        while true {
            let isLast = isFinished()
            let now = HostClock.monotonic()
            // The change that added a record's session was recorded before the record was written.
            let waiting = ring.waiting
            for change in control.takeChanges() { observer.changed(change) }
            ring.drain(atMost: waiting) { observer.delivered($0) }
            let lost = ring.lostRecords
            if lost > lostSaid {
                observer.incident(.recordsLost(lost - lostSaid))
                lostSaid = lost
            }
            clocks.sample(at: now) { observer.incident($0) }
            if clocks.isObservationDue(at: now) || isLast { observer.observed(.now(quotas)) }
            if let incident = hang.observe(control.runningHandler, at: now) { observer.incident(incident) }
            if isLast { clocks.finish(at: now) { observer.incident($0) } }
            observer.drained(at: now)
            if isLast { break }
            HostClock.sleep(until: now + Self.interval)
        }
        return ClockReport(
            divergence: clocks.divergence, rate: clocks.rate, timesSet: clocks.timesSet,
            lostRecords: ring.lostRecords)
    }
}

/// Notices a handler that does not return. Its caller passes the readings.
struct HangWatch {
    let hangsAfter: Nanoseconds
    private var hanging: RunningHandler?

    init(hangsAfter: Nanoseconds) { self.hangsAfter = hangsAfter }

    /// What to report at `now` about the running handler `running`: once after it has run for `hangsAfter`, and once
    /// after it has returned.
    mutating func observe(_ running: RunningHandler?, at now: MonotonicInstant) -> LoopIncident? {
        if let hung = hanging, running != hung {
            hanging = nil
            return .handlerReturned(hung, after: now - hung.start)
        }
        guard hanging == nil, let running, now - running.start >= hangsAfter else { return nil }
        hanging = running
        return .handlerHangs(running, since: now - running.start)
    }
}
