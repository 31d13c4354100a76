import TestSupport
import TickScheduling
import TickTime
import Testing

// What one session does to the others, and what it cannot do to them. Beside it stand nineteen that do
// nothing wrong; which of them a pass owes a tick, and in which order, is worked out from their walked
// grids and from the clock at the pass's first tick.

@Suite("One bad session among twenty")
struct NeighbourTests {
    private static let rates: [FrameRate] = [.fps25, .fps2997, .fps50, .fps5994, .fps24]
    private static let bad = SessionID(index: 7)

    /// Twenty sessions at mixed rates for forty seconds, epochs apart, the eighth with its own lead.
    private static func loop(
        badLead: Nanoseconds = .milliseconds(25), work: @escaping (SessionID, Int64) -> Nanoseconds
    ) throws -> VirtualLoop {
        var script = VirtualScript()
        script.work = work
        script.wakeLatency = { .microseconds(Int64($0 % 5)) }
        let sessions = try (0..<20).map { number in
            let rate = rates[number % rates.count]
            let plan = try SessionPlan(
                rate: rate, tickCount: 40 * Int64(rate.nominalFramesPerSecond), backlogMax: .seconds(60))
            return (plan, number == Int(bad.index) ? badLead : .milliseconds(25 + Int64(number % 4)))
        }
        return VirtualLoop(sessions, script: script)
    }

    /// Runs the loop and holds every pass to what it owes.
    ///
    /// - Returns: the records.
    private static func run(_ loop: consuming VirtualLoop) -> [TickRecord] {
        let grids = (0..<20).map { number in
            let session = loop.session(Int32(number))
            return GridWalk.deadlines(
                session.plan.rate, from: session.epoch.monotonic, count: Int(session.plan.tickCount ?? 0))
        }
        var owed = [Int](repeating: 0, count: 20)
        var pass = loop.passCount
        var expected: [(deadline: MonotonicInstant, session: Int32)] = []
        var broken: [String] = []
        while let tick = loop.next() {
            if loop.passCount != pass {
                if !expected.isEmpty { broken.append("pass \(pass) left out \(expected)") }
                pass = loop.passCount
                // Everyone who is due at the reading that the pass was formed at.
                expected = grids.indices.compactMap { number in
                    guard owed[number] < grids[number].count, grids[number][owed[number]] <= tick.start else {
                        return nil
                    }
                    return (grids[number][owed[number]], Int32(number))
                }.sorted { $0 < $1 }
            }
            let session = Int(tick.session.index)
            let next = expected.isEmpty ? nil : expected.removeFirst()
            if next?.session != tick.session.index || next?.deadline != tick.deadline {
                broken.append("session \(session) tick \(tick.index) out of its turn")
            }
            if tick.index != Int64(owed[session]) || tick.skippedBefore != 0 {
                broken.append("session \(session) owed tick \(owed[session]), got \(tick.index)")
            }
            owed[session] += 1
        }
        if owed != grids.map(\.count) { broken.append("not every tick was delivered: \(owed)") }
        #expect(broken.isEmpty, "\(broken.count) broken, first: \(broken.first ?? "")")
        return loop.records
    }

    @Test("a handler that runs away for ten seconds: the others lose no tick, no turn, and say neighbour")
    func runaway() throws {
        let records = Self.run(
            try Self.loop { session, tick in session == Self.bad && tick == 100 ? .seconds(10) : .microseconds(10) })
        let others = records.map(\.tick).filter { $0.session != Self.bad }
        let late = others.filter { $0.lateness != .onTime }
        #expect(late.count > 19 * 10 * 24)
        #expect(late.allSatisfy { $0.cause == .neighbour })
        #expect(others.contains { $0.startLateness > .milliseconds(9_900) })
        let own = records.map(\.tick).filter { $0.session == Self.bad && $0.index > 100 && $0.lateness != .onTime }
        #expect(own.count > 200 && own.allSatisfy { $0.cause == .work })
        // Once caught up, all are on time again.
        let end = try #require(records.last).tick.deadline - .seconds(10)
        #expect(records.map(\.tick).filter { $0.deadline > end }.allSatisfy { $0.lateness == .onTime })
    }

    @Test("a backlog of ten seconds is worked off a tick a pass: the others wait for one handler, and say neighbour")
    func backlog() throws {
        // Its epoch lies ten seconds before the loop's beginning; each of its handlers takes 4 ms.
        let records = Self.run(
            try Self.loop(badLead: .seconds(-10)) { session, _ in
                session == Self.bad ? .milliseconds(4) : .microseconds(10)
            })
        let own = records.map(\.tick).filter { $0.session == Self.bad }
        let behind = own.prefix { $0.isOverdue }
        #expect(behind.count > 400 && behind.allSatisfy { $0.cause == .begin })
        let caughtUp = try #require(behind.last).start
        let others = records.map(\.tick).filter { $0.session != Self.bad && $0.start < caughtUp }
        #expect(others.count > 19 * 24)
        // The one that runs at the deadline, and the one that is ahead in the pass; and their own 10 us each.
        #expect(others.allSatisfy { $0.startLateness < .milliseconds(9) && !$0.isOverdue })
        #expect(others.filter { $0.lateness != .onTime }.count > 1_000)
        #expect(others.filter { $0.lateness != .onTime }.allSatisfy { $0.cause == .neighbour })
    }
}
