import TestSupport
import Testing
import TickScheduling
import TickTime

@Suite("The right to be on air")
struct AirRightTests {
    private static func boot(_ nanoseconds: Int64) -> BootInstant { BootInstant(nanoseconds: nanoseconds) }

    /// Ticks 10 ..< 20, at most 15, until 1 000 ns.
    private static func right(
        _ isolation: AirRight.Isolation = .stop, ceiling: Int64 = 15, end: Int64? = 20
    ) -> AirRight {
        AirRight(
            firstTick: 10, endTick: end, tickCeiling: ceiling, validUntil: boot(1_000), fencingNumber: 7,
            isolation: isolation)
    }

    @Test("the first tick is on air, and the one before it is not")
    func firstTick() {
        #expect(Self.right().state(ofTick: 10, at: Self.boot(0)) == .onAir(fencingNumber: 7))
        for isolation in AirRight.Isolation.allCases {
            #expect(Self.right(isolation).state(ofTick: 9, at: Self.boot(0)) == .offAir)
        }
    }

    @Test("the end tick is not on air, whatever happens to an isolated owner, and the one before it is")
    func endTick() {
        for isolation in AirRight.Isolation.allCases {
            let right = Self.right(isolation, ceiling: 100)
            #expect(right.state(ofTick: 19, at: Self.boot(0)) == .onAir(fencingNumber: 7))
            #expect(right.state(ofTick: 20, at: Self.boot(0)) == .offAir)
            #expect(right.state(ofTick: 20, at: Self.boot(5_000)) == .offAir)
            #expect(right.state(ofTick: .max, at: Self.boot(0)) == .offAir)
        }
    }

    @Test("a right without an end has none, also at the last tick that there can be")
    func noEnd() {
        let right = Self.right(ceiling: .max, end: nil)
        #expect(right.endTick == nil && right.state(ofTick: .max, at: Self.boot(0)).isOnAir)
        #expect(Self.right().endTick == 20)
        #expect(Self.right(end: 0).endTick == 0 && !Self.right(end: 0).state(ofTick: 0, at: Self.boot(0)).isOnAir)
    }

    @Test("the tick at the ceiling is on air; one above it may be another host's")
    func ceiling() {
        #expect(Self.right().state(ofTick: 15, at: Self.boot(0)) == .onAir(fencingNumber: 7))
        #expect(Self.right().state(ofTick: 16, at: Self.boot(0)) == .offAir)
        #expect(Self.right(.continue).state(ofTick: 16, at: Self.boot(0)) == .unfenced(fencingNumber: 7))
    }

    @Test("the right ends at its instant: one nanosecond before it a tick is on air, at it no longer")
    func validUntil() {
        #expect(Self.right().state(ofTick: 12, at: Self.boot(999)) == .onAir(fencingNumber: 7))
        #expect(Self.right().state(ofTick: 12, at: Self.boot(1_000)) == .offAir)
        #expect(Self.right(.continue).state(ofTick: 12, at: Self.boot(1_000)) == .unfenced(fencingNumber: 7))
    }

    @Test("once the next host may begin, no tick is on air, whatever happens to an isolated owner")
    func endInstant() {
        for isolation in AirRight.Isolation.allCases {
            let right = AirRight(
                firstTick: 10, endTick: 20, endInstant: Self.boot(900), tickCeiling: 100, validUntil: Self.boot(1_000),
                fencingNumber: 7, isolation: isolation)
            #expect(right.endInstant == Self.boot(900))
            #expect(right.state(ofTick: 12, at: Self.boot(899)) == .onAir(fencingNumber: 7))
            #expect(right.state(ofTick: 12, at: Self.boot(900)) == .offAir)
        }
        #expect(Self.right().endInstant == nil)
    }

    @Test("a tick off air has no fencing number, so that a standby's number reaches no sink")
    func numbers() {
        #expect(AirState.offAir.fencingNumber == nil && !AirState.offAir.isOnAir && !AirState.offAir.isUnfenced)
        let fenced = AirState.onAir(fencingNumber: 3), unfenced = AirState.unfenced(fencingNumber: 4)
        #expect(fenced.fencingNumber == 3 && fenced.isOnAir && !fenced.isUnfenced)
        #expect(unfenced.fencingNumber == 4 && unfenced.isOnAir && unfenced.isUnfenced)
    }

    /// The rule as a table of conditions, with wide integers, and the end as a set of ticks instead of a comparison.
    private static func expected(_ right: AirRight, _ tick: Int64, _ boot: BootInstant) -> AirState {
        let end = right.endTick.map { Int128($0) } ?? Int128(Int64.max) + 1
        let own = right.firstTick < end ? Int128(right.firstTick)..<end : 0..<0
        let reasons = [
            own.contains(Int128(tick)) && right.endInstant.map { boot < $0 } ?? true,
            Int128(tick) - Int128(right.tickCeiling) < 1,
            Int128(right.validUntil.nanoseconds) - Int128(boot.nanoseconds) > 0,
        ]
        switch (reasons[0], reasons.allSatisfy(\.self), right.isolation) {
        case (false, _, _), (true, false, .stop): return .offAir
        case (true, true, _): return .onAir(fencingNumber: right.fencingNumber)
        case (true, false, .continue): return .unfenced(fencingNumber: right.fencingNumber)
        }
    }

    @Test("random rights, ticks and instants, near each limit and at the ends of the ranges, agree with a table")
    func random() {
        var random = SeededGenerator()
        print("AirRightTests.random: seed \(random.seed)")
        func near(_ value: Int64) -> Int64 {
            let (sum, overflow) = value.addingReportingOverflow(.random(in: -2...2, using: &random))
            return overflow ? value : sum
        }
        var seen: [AirState: Int] = [:]
        for _ in 0..<200_000 {
            let first = max(0, near([0, 5, 1_000_000, .max].randomElement(using: &random) ?? 0))
            let anyEnd = max(0, near([0, first, .max].randomElement(using: &random) ?? 0))
            let end = Bool.random(using: &random) ? nil : anyEnd
            let ceiling = near([first, end ?? first, .min, .max].randomElement(using: &random) ?? 0)
            let until = near([0, 1 << 40, .min, .max].randomElement(using: &random) ?? 0)
            let endInstant = Bool.random(using: &random) ? nil : Self.boot(near(until))
            let right = AirRight(
                firstTick: first, endTick: end, endInstant: endInstant, tickCeiling: ceiling,
                validUntil: Self.boot(until),
                fencingNumber: [1, 2, 1 << 53].randomElement(using: &random) ?? 1,
                isolation: Bool.random(using: &random) ? .stop : .continue)
            let tick = near([first, end ?? first, ceiling, 0, .max].randomElement(using: &random) ?? 0)
            let boot = Self.boot(near(until))
            let state = right.state(ofTick: tick, at: boot)
            #expect(state == Self.expected(right, tick, boot), "seed \(random.seed): \(right), tick \(tick), \(boot)")
            seen[state, default: 0] += 1
        }
        #expect(seen.count == 7 && seen.values.allSatisfy { $0 > 1_000 })
    }

    @Test("a tick keeps its state, and is three cache lines long")
    func tick() throws {
        var loop = VirtualLoop(try SessionPlan(rate: .fps25, tickCount: 1))
        let first = loop.next()
        var tick = try #require(first)
        #expect(tick.air == nil)
        for state in [AirState.offAir, .onAir(fencingNumber: 1), .unfenced(fencingNumber: .max), .offAir] {
            tick.air = state
            #expect(tick.air == state)
        }
        let bare = tick
        tick.air = nil
        #expect(tick.air == nil && tick != bare)
        #expect(MemoryLayout<Tick>.size <= 192)
    }

    @Test("a session's ticks on air are counted, the unfenced among them, with the last number")
    func statistics() {
        var air = AirStatistics()
        for state in [AirState.offAir, .onAir(fencingNumber: 3), .unfenced(fencingNumber: 3), .offAir] {
            air.record(state)
        }
        #expect(air.onAir == 2 && air.offAir == 2 && air.unfenced == 1)
        #expect(air.last == .offAir && air.fencingNumber == 3)
    }
}
