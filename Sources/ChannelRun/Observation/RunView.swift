import TickLinux
import TickReports
import TickScheduling
import TickTime

/// Shows the run so far, or passes it on. `RunObserver` has a chain of views, which read its one accumulator.
///
/// All calls come from the drain thread while the run goes on, and the last one from the thread that waited for its end.
protocol RunView {
    /// The loop has begun; the first tick is yet to come.
    mutating func began(_ beginning: TickRunner.Beginning, control: LoopControl)
    /// A tick was delivered; the accumulator has it.
    mutating func delivered(_ record: TickRecord, _ run: RunAccumulator)
    /// Every tick so far was delivered.
    ///
    /// - Parameter news: what happened since the last call.
    mutating func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant)
    /// No tick follows.
    mutating func finish(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant)
}

extension RunView {
    mutating func began(_ beginning: TickRunner.Beginning, control: LoopControl) {}
    mutating func delivered(_ record: TickRecord, _ run: RunAccumulator) {}
    mutating func drained(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {}
    mutating func finish(_ run: RunAccumulator, _ news: [RunAccumulator.News], at now: MonotonicInstant) {}
}
