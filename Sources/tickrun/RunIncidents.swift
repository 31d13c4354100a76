import TickLinux
import TickReports
import TickScheduling
import TickTime

// What a loop reports beside its ticks, in words and with a size.

extension RunSummary.Incident {
    init(_ incident: LoopIncident, at utc: UTCInstant, sessionName: (SessionID) -> String) {
        switch incident {
        case .clockJump(let jump):
            let direction = jump.size < .zero ? "back" : "forward"
            let what = jump.kind == .step ? "UTC stepped \(direction) by" : "the host slept for"
            self.init(
                kind: jump.kind == .step ? "utc_step" : "suspend", utc: jump.utc, size: jump.size,
                text: "\(what) \(Quantity.length(jump.size.magnitude)) (within \(jump.bound.count) ns), seen by"
                    + " divergence; the grid stays, a successor session would take the new UTC")
        case .clockSet(let utc):
            self.init(
                kind: "utc_set", utc: utc, size: nil, text: "CLOCK_REALTIME was set, seen by timerfd; the grid stays")
        case .monotonicRate(let interval):
            self.init(
                kind: "monotonic_rate", utc: utc, size: nil,
                text: "CLOCK_MONOTONIC ran \(Quantity.partsPerMillion(interval.partsPerBillion)) against the raw"
                    + " oscillator for \(Quantity.length(interval.length)): it is being slewed")
        case .handlerHangs(let handler, let since):
            self.init(
                kind: "handler_hangs", utc: utc, size: since,
                text: "the handler of \(sessionName(handler.session)) tick \(handler.tick) has not returned for"
                    + " \(Quantity.length(since))")
        case .handlerReturned(let handler, let after):
            self.init(
                kind: "handler_returned", utc: utc, size: after,
                text: "the handler of \(sessionName(handler.session)) tick \(handler.tick) returned after"
                    + " \(Quantity.length(after)) at most")
        case .recordsLost(let count):
            self.init(
                kind: "records_lost", utc: utc, size: nil,
                text: "\(count) tick records found the ring full and are lost to the report; its reader is too slow")
        }
    }
}

extension RunSummary.Incident {
    /// A successor was handed over.
    static func succession(_ seam: Seam, of name: String, at utc: UTCInstant) -> RunSummary.Incident {
        RunSummary.Incident(
            kind: "succession", utc: seam.utc, size: seam.phaseJump,
            text: "\(name) is succeeded at \(seam.utc.iso8601), its tick \(seam.predecessorEndTick): phase jump"
                + " \(seam.phaseJump.count) ns, UTC jump \(seam.utcJump.count) ns")
    }

    /// House time was set anew.
    static func jam(_ jam: TimecodeJam, of name: String) -> RunSummary.Incident {
        let change =
            jam.labelsSkipped > 0
            ? "\(jam.labelsSkipped) labels skipped"
            : jam.labelsRepeated > 0 ? "\(jam.labelsRepeated) labels repeated" : "no label skipped or repeated"
        return RunSummary.Incident(
            kind: "timecode_jam", utc: jam.utc, size: nil,
            text: "\(name) tick \(jam.tick): daily jam to \(jam.to) instead of \(jam.from), \(change)")
    }
}
