import TestSupport
import TickScheduling
import TickTime

/// One session on its own, whose clock reads 0 at its epoch: the test says when each handler starts
/// and how long it runs.
struct SessionHarness {
    static let epoch = MonotonicInstant(nanoseconds: 1_000_000_000)

    var session: TickSession

    /// - Parameter begin: when the loop begins, counted from the epoch.
    init(_ plan: SessionPlan, beginningAt begin: Nanoseconds = .milliseconds(-25)) {
        session = TickSession(
            id: SessionID(index: 0), plan: plan, epoch: VirtualClocks(monotonic: Self.epoch).epoch(in: .zero))
        session.begin(at: Self.epoch + begin)
    }

    /// A session at 25 frames per second, so that its period is 40 ms exactly.
    static func pal(
        _ policy: OverduePolicy = .everyTick, backlogMax: Nanoseconds = .seconds(10),
        beginningAt begin: Nanoseconds = .milliseconds(-25)
    ) throws -> SessionHarness {
        SessionHarness(try SessionPlan(rate: .fps25, policy: policy, backlogMax: backlogMax), beginningAt: begin)
    }

    /// Starts the next tick, and has its handler return.
    ///
    /// - Parameters:
    ///   - start: the reading before the handler, counted from the epoch.
    ///   - neighbourUntil: when another session's handler returned, counted from the epoch.
    @discardableResult
    mutating func tick(
        at start: Nanoseconds, work: Nanoseconds = .zero, neighbourUntil: Nanoseconds? = nil
    ) -> Tick {
        let tick = session.start(
            at: Self.epoch + start, wakeLatency: nil, neighbourUntil: neighbourUntil.map { Self.epoch + $0 })
        _ = session.finish(at: Self.epoch + start + work)
        return tick
    }
}
