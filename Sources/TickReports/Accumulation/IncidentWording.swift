internal import TickScheduling
internal import TickTime

// The texts of what a loop reports besides its ticks.

extension RunIncident {
    init(_ jump: ClockJump) {
        let isStep = jump.kind == .step
        // The least length has no magnitude in its own range.
        let length = Quantity.length(Nanoseconds(Int64(clamping: jump.size.count.magnitude)))
        let what =
            isStep
            ? "UTC stepped \(jump.size < .zero ? "back" : "forward") by \(length)"
            : "the host was suspended for \(length)"
        self.init(
            isStep ? .utcStep : .suspend, begin: jump.utc, end: jump.utc, monotonic: jump.monotonic, size: jump.size,
            text: "\(what) (within \(jump.bound.count) ns), seen by divergence; deadlines do not move, a successor"
                + " session would take the new UTC")
    }

    init(clockSetAt utc: UTCInstant) {
        self.init(.utcSet, begin: utc, end: utc, text: "CLOCK_REALTIME was set, seen by timerfd; deadlines do not move")
    }

    init(partsPerBillion: Int64, over length: Nanoseconds, until end: UTCInstant) {
        self.init(
            .monotonicRate, begin: end, end: end, count: partsPerBillion,
            text: "CLOCK_MONOTONIC ran \(Quantity.partsPerMillion(partsPerBillion)) against the raw oscillator for"
                + " \(Quantity.length(length)): it is being slewed")
    }

    init(recordsLost count: Int64, at utc: UTCInstant) {
        self.init(
            .recordsLost, begin: utc, end: utc, count: count,
            text: "\(count) tick records found the ring full and are missing from the report; its reader is too slow")
    }

    /// - Parameter request: the request, why it was refused, and the remedy.
    init(refused request: String, at utc: UTCInstant) {
        self.init(.refused, begin: utc, end: utc, text: "REFUSED \(request). The run goes on without it.")
    }

    /// - Parameter lasted: so far, or in all.
    init(
        hanging handler: RunningHandler, of session: String, timecode: String?, rate: FrameRate?, begin: UTCInstant,
        lasted: Nanoseconds, hasReturned: Bool
    ) {
        let tick = handler.tick
        let place = "the handler of \(session) tick \(tick)\(timecode.map { " (\($0))" } ?? "")"
        let length = Quantity.length(lasted)
        self.init(
            .handlerHangs, begin: begin, end: hasReturned ? begin.advancedClamped(by: lasted) : nil,
            monotonic: handler.start, session: session, size: lasted,
            text: hasReturned ? "\(place) returned after \(length) at most" : "\(place) has not returned for \(length)")
        (sessionNumber, firstTick, lastTick) = (handler.session.index, tick, tick)
        (self.timecode, self.rate, cause) = (timecode, rate, "work")
    }

    /// A successor took over.
    init(_ seam: Seam, of name: String) {
        self.init(
            .succession, begin: seam.utc, end: seam.utc, session: name, size: seam.phaseJump,
            text: "\(name) is succeeded at \(seam.utc.iso8601), its tick \(seam.predecessorEndTick): phase jump"
                + " \(seam.phaseJump.count) ns, UTC jump \(seam.utcJump.count) ns")
        lastTick = seam.predecessorEndTick
    }

    /// The labels of house time were set again.
    init(_ jam: TimecodeJam, of name: String) {
        self.init(
            .timecodeJam, begin: jam.utc, end: jam.utc, session: name,
            text: "\(name) tick \(jam.tick): daily jam to \(jam.to) instead of \(jam.from), \(jam.change)")
        firstTick = jam.tick
    }

    /// Timestamps have another source.
    init(source: StampedTime, insteadOf before: StampedTime, session: String, tick: Tick) {
        self.init(
            .sourceChanged, begin: source.time, end: source.time, session: session,
            text: "timestamps now use \(source.sourceText) instead of \(before.sourceText), from \(session)"
                + " tick \(tick.index) on")
        firstTick = tick.index
    }
}

extension UTCInstant {
    /// The instant, kept within the range of the clock.
    func advancedClamped(by length: Nanoseconds) -> UTCInstant {
        UTCInstant(nanoseconds: nanoseconds.addingClamped(length.count))
    }
}

extension StampedTime {
    fileprivate var sourceText: String { "\(quality.rawValue) time\(isTraceable ? "" : " (untraceable)")" }
}
