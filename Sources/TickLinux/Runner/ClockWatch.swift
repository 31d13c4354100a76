// Watches the host's clocks on another thread than the tick thread: steps of UTC with two detectors, and the rate of
// CLOCK_MONOTONIC. No finding moves a deadline; each is reported and recorded.

internal import CLinuxShims
internal import Glibc
public import TickScheduling
internal import TickTime

/// Samples the clocks on the drain thread.
struct ClockWatch: ~Copyable {
    /// How often UTC is compared with the monotonic clock, and the monotonic clock with the raw one.
    static let divergenceInterval = Nanoseconds.milliseconds(100)
    static let rateInterval = Nanoseconds.seconds(1)

    private(set) var divergence: DivergenceMonitor
    private(set) var rate = MonotonicRate()
    /// How often timerfd reported that CLOCK_REALTIME was set; `nil` if the host refused the timer.
    private(set) var timesSet: Int?
    private var timer: Int32
    private var nextDivergence: MonotonicInstant
    private var nextRate: MonotonicInstant
    private var nextObservation: MonotonicInstant

    init(epoch: SessionEpoch, now: MonotonicInstant) {
        divergence = DivergenceMonitor(epoch: epoch)
        timer = shim_clock_set_watch()
        timesSet = timer >= 0 ? 0 : nil
        nextDivergence = now
        nextRate = now
        nextObservation = now
    }

    deinit { if timer >= 0 { close(timer) } }

    /// Takes the samples that are due at `now`.
    mutating func sample(at now: MonotonicInstant, report: (LoopIncident) -> Void) {
        pollTimer(report)
        if now >= nextDivergence {
            nextDivergence = now + Self.divergenceInterval
            sampleDivergence(report)
        }
        if now >= nextRate {
            nextRate = now + Self.rateInterval
            sampleRate(report)
        }
    }

    /// Whether to report the clocks now. If so, the next report is due one second later.
    mutating func isObservationDue(at now: MonotonicInstant) -> Bool {
        guard now >= nextObservation else { return false }
        nextObservation = now + Self.rateInterval
        return true
    }

    /// Samples UTC once more at the end of a run. Also samples the rate, unless it was just measured: over a short
    /// interval the uncertainty would be too large.
    mutating func finish(at now: MonotonicInstant, report: (LoopIncident) -> Void) {
        pollTimer(report)
        sampleDivergence(report)
        if nextRate - now <= Nanoseconds(Self.rateInterval.count / 2) { sampleRate(report) }
    }

    private mutating func pollTimer(_ report: (LoopIncident) -> Void) {
        guard timer >= 0 else { return }
        var expirations: UInt64 = 0
        guard unsafe read(timer, &expirations, 8) < 0, errno == ECANCELED else { return }
        timesSet = (timesSet ?? 0) + 1
        report(.clockSet(at: HostClock.utc()))
        // A cancelled timer reports a step only once, so a new timer is armed for the next step.
        close(timer)
        timer = shim_clock_set_watch()
    }

    private mutating func sampleDivergence(_ report: (LoopIncident) -> Void) {
        let observation = divergence.observe(HostClock.reading())
        if let suspend = observation.suspend { report(.clockJump(suspend)) }
        if let step = observation.step { report(.clockJump(step)) }
    }

    private mutating func sampleRate(_ report: (LoopIncident) -> Void) {
        let incidents = rate.incidents
        let (monotonic, raw, uncertainty) = HostClock.rateReading()
        _ = rate.observe(monotonic: monotonic, raw: raw, uncertainty: uncertainty)
        if rate.incidents > incidents, let interval = rate.lastIncident { report(.monotonicRate(interval)) }
    }
}

extension HostClock {
    /// Reads in one sample; the narrowest bracket is kept.
    private static let attempts = 5

    /// UTC and BOOTTIME within one bracket of CLOCK_MONOTONIC: the narrowest of a few.
    public static func reading() -> ClockReading {
        narrowest(attempts) {
            let before = monotonic()
            let (utc, boot) = (utc(), boot())
            let width = monotonic() - before
            let half = Nanoseconds((width.count + 1) / 2)
            return (ClockReading(monotonic: before + half, utc: utc, boot: boot, uncertainty: half), half)
        }
    }

    static func rateReading() -> (monotonic: MonotonicInstant, raw: RawInstant, uncertainty: Nanoseconds) {
        narrowest(attempts) {
            let before = monotonic()
            let raw = raw()
            let width = monotonic() - before
            let half = Nanoseconds((width.count + 1) / 2)
            return ((before + half, raw, half), half)
        }
    }
}
