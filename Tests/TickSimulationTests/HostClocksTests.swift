import ClusterClock
import Testing
import TickTime

@testable import TickSimulation

@Suite("A simulated host's clocks")
struct HostClocksTests {
    private static let second: Int64 = 1_000_000_000
    private static let utc = HostClocks.utcOrigin

    private static func clocks(drift: Int64 = 0, offset: Int64 = 0) -> HostClocks {
        HostClocks(now: 0, uptime: 100 * second, offset: offset, drift: drift, trueUTC: utc)
    }

    /// How far each clock has come since true time 0.
    private static func passed(_ clocks: HostClocks, _ now: Int64) -> [Int64] {
        let reading = clocks.reading(now, halfBracket: 0)
        return [
            reading.raw.count - 100 * second, reading.monotonic.nanoseconds - 100 * second,
            reading.boot.nanoseconds - 100 * second, reading.realtime.nanoseconds - utc,
        ]
    }

    @Test("without trouble all four run with true time; a drift changes all of them equally")
    func drift() {
        #expect(Self.passed(Self.clocks(), 7 * Self.second) == Array(repeating: 7 * Self.second, count: 4))
        // 50 ppm of 10 s are half a millisecond.
        let slow = Self.passed(Self.clocks(drift: -50_000), 10 * Self.second)
        #expect(slow == Array(repeating: 10 * Self.second - 500_000, count: 4))
    }

    @Test("a slew changes the rate of monotonic, boot and UTC against raw from begin to end, without a jump")
    func slew() {
        var clocks = Self.clocks()
        clocks.setSlew(83_333_000, 2 * Self.second)
        #expect(Self.passed(clocks, 2 * Self.second) == Array(repeating: 2 * Self.second, count: 4))
        clocks.setSlew(0, 5 * Self.second)
        let after = Self.passed(clocks, 6 * Self.second)
        #expect(after[0] == 6 * Self.second)
        #expect(after[1...] == ArraySlice(repeating: 6 * Self.second + 3 * 83_333_000, count: 3))
    }

    @Test("asleep, raw and monotonic stand still; boot and UTC go on")
    func sleep() {
        var clocks = Self.clocks()
        clocks.sleep(3 * Self.second)
        #expect(clocks.isAsleep)
        #expect(Self.passed(clocks, 9 * Self.second) == [3, 3, 9, 9].map { $0 * Self.second })
        clocks.wake(10 * Self.second)
        #expect(Self.passed(clocks, 11 * Self.second) == [4, 4, 11, 11].map { $0 * Self.second })
    }

    @Test("a step moves only UTC; a leap second takes one second from UTC, and is counted")
    func steps() {
        var clocks = Self.clocks(offset: 5)
        clocks.step(by: -7 * Self.second)
        #expect(Self.passed(clocks, Self.second) == [Self.second, Self.second, Self.second, -6 * Self.second + 5])
        let before = clocks.taiOffset
        clocks.leap()
        #expect(clocks.taiOffset == before + 1 && Self.passed(clocks, Self.second)[3] == -7 * Self.second + 5)
    }
}

@Suite("A simulation's queue of events")
struct EventQueueTests {
    @Test("events come in order of time, and those of one time in the order in which they were planned")
    func order() {
        var queue = EventQueue()
        var random = SimulationRandom(seed: 5)
        var planned: [(time: Int64, order: Int)] = []
        var taken: [(time: Int64, order: Int)] = []
        for order in 0..<3_000 {
            let time = random.integer(0...400)
            queue.plan(.poll, at: time, order)
            planned.append((time, order))
        }
        while let event = queue.next() { taken.append((event.time, Int(event.a))) }
        let expected = planned.sorted { ($0.time, $0.order) < ($1.time, $1.order) }
        #expect(taken.map(\.order) == expected.map(\.order))
        let after = queue.next()
        #expect(after?.time == nil)
    }

    @Test("numbers of a seed stay within their range and reach both ends")
    func random() {
        var random = SimulationRandom(seed: 11)
        let numbers = (0..<2_000).map { _ in random.integer(-3...4) }
        #expect(Set(numbers) == Set(-3...4))
        #expect((0..<100).allSatisfy { _ in !random.chance(0) } && (0..<100).allSatisfy { _ in random.chance(100) })
    }
}
