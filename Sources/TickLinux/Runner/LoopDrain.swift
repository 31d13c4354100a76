// The thread beside the tick thread. It empties the record ring, watches the clocks, and watches
// the tick thread: a handler that does not return is reported while it hangs, not after.

public import TickScheduling
public import TickTime

/// Who is told what a loop did. All calls come from the drain thread, one at a time, and happen
/// before `TickRunner.wait()` returns. What is not of interest may be left out.
public protocol LoopObserver: AnyObject, Sendable {
    /// The sessions are anchored; the first tick is yet to come. Told first, and once.
    func began(_ beginning: TickRunner.Beginning, control: LoopControl)
    /// The sessions of the loop changed; a session is reported before its first tick.
    func changed(_ change: LoopChange)
    /// A tick was delivered and its handler returned.
    func delivered(_ record: TickRecord)
    /// Something happened that no tick says.
    func incident(_ incident: LoopIncident)
    /// The host's clocks, read at the beginning, once a second and at the end.
    func observed(_ clocks: ClockObservation)
    /// Everything that was waiting has been told: the moment to paint or flush.
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

/// What the drain learnt of the clocks over a run.
public struct ClockReport: Sendable {
    public let divergence: DivergenceMonitor
    public let rate: MonotonicRate
    /// How often timerfd saw CLOCK_REALTIME being set; `nil` where the host refused it.
    public let timesSet: Int?
    /// Records that found the ring full.
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

    /// Drains until `isFinished` says that the loop has ended, then once more.
    func run(isFinished: () -> Bool) -> ClockReport {
        observer.began(beginning, control: control)
        var clocks = ClockWatch(epoch: beginning.clockEpoch, now: HostClock.monotonic())
        var hang = HangWatch(hangsAfter: hangsAfter)
        let quotas = try? CPUQuotaGroups.ofThisProcess()
        var lostSaid = 0
        while true {
            let isLast = isFinished()
            let now = HostClock.monotonic()
            // Whatever session these records are of, its change was noted before they were written.
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

/// Notices a handler that does not return. Given its readings.
struct HangWatch {
    let hangsAfter: Nanoseconds
    private var hanging: RunningHandler?

    init(hangsAfter: Nanoseconds) { self.hangsAfter = hangsAfter }

    /// What to say at `now`, when `running` is the handler that runs: once when it has run for
    /// `hangsAfter`, and once when it has gone.
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
