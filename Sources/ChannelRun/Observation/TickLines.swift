import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Writes one JSON object a tick to standard output. The first failure to write ends the run.
final class TickLines: RunView {
    /// Why results can no longer be written, if so.
    private(set) var failure: RunFailure?
    private var output = Output()
    private var json = JSONText(capacity: 1_024)
    private var control: LoopControl?

    func began(_ beginning: TickRunner.Beginning, control: LoopControl) { self.control = control }

    func delivered(_ record: TickRecord, _ run: RunAccumulator) {
        guard failure == nil, let session = run.session(record.tick.session.index) else { return }
        json.removeAll()
        TickLine.write(
            record, session: session.name, timecode: session.timecode, blockNames: session.blockNames, to: &json)
        do { try output.line(json) } catch { fail(error) }
    }

    func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {
        guard failure == nil else { return }
        do { try output.flush() } catch { fail(error) }
    }

    private func fail(_ error: RunFailure) {
        failure = error
        control?.requestStop()
    }
}
