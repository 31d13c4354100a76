import ClusterClock
import Synchronization
import TestSupport
import Testing
import TickLinux
import TickScheduling
import TickTime

@Suite("The on-air gate")
struct OnAirGateTests {
    /// A right to every tick, for an hour.
    private static func right(
        _ number: Int64, from first: Int64 = 0, to end: Int64? = nil, ceiling: Int64 = .max,
        for length: Nanoseconds = .seconds(3_600), _ isolation: AirRight.Isolation = .stop
    ) -> AirRight {
        AirRight(
            firstTick: first, endTick: end, tickCeiling: ceiling, validUntil: HostClock.boot() + length,
            fencingNumber: number, isolation: isolation)
    }

    /// A cluster of one on this host's clocks, which stamps as a primary if it leads.
    private static func time(leads: Bool) throws -> ClusterTime {
        let reading = HostClock.hostReading(taiOffset: 0)
        var clock = try ClusterClock(ClusterConfiguration(node: NodeID(rawValue: 1), peers: []), at: reading)
        clock.stateOwnError(StatedError(operatorError: .milliseconds(3), read: reading.boot))
        var best = BestAvailableTime()
        let plan = best.choose(among: TimeSources(), at: reading.boot, realtime: reading.realtime)
        let time = ClusterTime(plan, clock.snapshot)
        if leads, let authority = clock.takeLeadershipAuthority() {
            time.lead(authority.token(view: 1, floor: UTCInstant(nanoseconds: 0)))
        }
        return time
    }

    /// The stamps that a loop may have: none, those of any member, those of a primary.
    enum Stamps: CaseIterable { case none, member, primary }

    private static func options(_ stamps: Stamps, ring: Int = 0) throws -> TickLoopOptions {
        TickLoopOptions(ringCapacity: ring, time: stamps == .none ? nil : try time(leads: stamps == .primary))
    }

    // MARK: - The gate

    @Test("without a right every tick is off air; a right is in force once it is published, until it is withdrawn")
    func publish() throws {
        let gate = OnAirGate(), now = HostClock.boot()
        #expect(gate.right == nil && gate.state(ofTick: 0, at: now) == .offAir)
        let right = Self.right(3, from: 5, to: 9, ceiling: 7, .continue)
        try gate.publish(right)
        #expect(gate.right == right)
        #expect((4..<10).map { gate.state(ofTick: $0, at: now) } == (4..<10).map { right.state(ofTick: $0, at: now) })
        gate.clear()
        #expect(gate.right == nil && gate.state(ofTick: 6, at: now) == .offAir)
    }

    @Test("a fencing number below an earlier one is refused, also after a withdrawal, and the right stays")
    func fencing() throws {
        let gate = OnAirGate(Self.right(7)), right = gate.right
        #expect(throws: FencingNumberFell(from: 7, to: 6)) { try gate.publish(Self.right(6)) }
        #expect(gate.right == right)
        try gate.publish(Self.right(7, from: 2))
        try gate.publish(Self.right(9))
        gate.clear()
        #expect(throws: FencingNumberFell(from: 9, to: 8)) { try gate.publish(Self.right(8)) }
        #expect(gate.right == nil)
        #expect("\(FencingNumberFell(from: 9, to: 8))".contains("falls from 9 to 8"))
    }

    private final class Shared: Sendable {
        let gate = OnAirGate(OnAirGateTests.numbered(1))
        let isOver = Atomic<Bool>(false)
        let mixed = Atomic<Int>(0)
        let fallen = Atomic<Int>(0)
        let reads = Atomic<Int>(0)
    }

    /// A right to one tick only, whose other parts follow from its number: a mixture of two gives a wrong answer.
    private static func numbered(_ number: Int64) -> AirRight {
        AirRight(
            firstTick: number, endTick: number + 1, tickCeiling: number,
            validUntil: BootInstant(nanoseconds: number + 1), fencingNumber: number)
    }

    @Test("readers at full speed judge by one whole right, none older than one seen before", .timeLimit(.minutes(2)))
    func readers() {
        let shared = Shared()
        onThreads(4) { place in
            if place == 0 {
                for number in 2...200_000 { try? shared.gate.publish(Self.numbered(Int64(number))) }
                return shared.isOver.store(true, ordering: .relaxed)
            }
            var last: Int64 = 0
            while !shared.isOver.load(ordering: .relaxed) {
                guard let right = shared.gate.right else { continue }
                let number = right.fencingNumber
                if right != Self.numbered(number) { shared.mixed.wrappingAdd(1, ordering: .relaxed) }
                if number < last { shared.fallen.wrappingAdd(1, ordering: .relaxed) }
                last = number
                // Of the right that was read, or of a later one, to which this tick does not belong.
                let state = shared.gate.state(ofTick: number, at: BootInstant(nanoseconds: number))
                if state != .onAir(fencingNumber: number), state != .offAir {
                    shared.mixed.wrappingAdd(1, ordering: .relaxed)
                }
                shared.reads.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(shared.reads.load(ordering: .relaxed) > 100)
        #expect(shared.mixed.load(ordering: .relaxed) == 0 && shared.fallen.load(ordering: .relaxed) == 0)
        #expect(shared.gate.right == Self.numbered(200_000))
    }

    // MARK: - In a loop

    @Test(
        "each tick is judged at its own start: after the right has run out, was renewed, or was withdrawn",
        arguments: Stamps.allCases)
    func eachTick(stamps: Stamps) throws {
        var loop = TickLoop(try Self.options(stamps, ring: 64))
        let gate = OnAirGate(Self.right(4, from: 2))
        try loop.add(SessionRequest(.fast(14), gate: gate))
        try loop.begin()
        var ticks: [Tick] = []
        while let tick = loop.next() {
            ticks.append(tick)
            #expect((tick.timestamp == nil) == (stamps == .none))
            #expect(tick.timestamp?.isCommitted ?? true == (stamps != .member))
            switch tick.index {
            case 4:
                // The process is stopped for longer than the right is valid.
                try gate.publish(Self.right(4, for: .milliseconds(2)))
                HostClock.spin(for: .milliseconds(3))
            case 6: try gate.publish(Self.right(5, for: .zero, .continue))
            case 8: try gate.publish(Self.right(6, ceiling: 10))
            case 11: gate.clear()
            case 12: try gate.publish(Self.right(7, to: 14))
            default: break
            }
        }
        let four = AirState.onAir(fencingNumber: 4), six = AirState.onAir(fencingNumber: 6)
        let five = AirState.unfenced(fencingNumber: 5), off = AirState.offAir
        #expect(
            ticks.map(\.air)
                == [off, off, four, four, four, off, off, five, five, six, six, off, off, .onAir(fencingNumber: 7)])
        // A record has what its tick had.
        var records: [Tick] = []
        loop.ring?.drain { records.append($0.tick) }
        #expect(records == ticks)
    }

    @Test("a stamp's reading is the gate's: the time is that of the plan at the reading", arguments: [false, true])
    func sharedReading(leads: Bool) throws {
        let time = try Self.time(leads: leads)
        for _ in 0..<1_000 {
            let before = HostClock.boot(), (timestamp, boot) = time.tickReading(), after = HostClock.boot()
            #expect(before <= boot && boot <= after && timestamp.isCommitted == leads)
            if !leads { #expect(timestamp.time == time.best.time(at: boot).time) }
        }
    }

    @Test("sessions of one loop have their own gates; one without says nothing", arguments: Stamps.allCases)
    func several(stamps: Stamps) throws {
        var loop = TickLoop(try Self.options(stamps))
        let first = OnAirGate(Self.right(1)), second = OnAirGate(Self.right(2, to: 3)), third = OnAirGate()
        for gate in [first, second, nil, third] { try loop.add(SessionRequest(.fast(6), gate: gate)) }
        try loop.begin()
        var states: [Int32: [AirState?]] = [:]
        while let tick = loop.next() { states[tick.session.index, default: []].append(tick.air) }
        let two = AirState.onAir(fencingNumber: 2)
        #expect(states[0] == Array(repeating: .onAir(fencingNumber: 1), count: 6))
        #expect(states[1] == [two, two, two, .offAir, .offAir, .offAir])
        #expect(states[2] == Array(repeating: nil, count: 6))
        #expect(states[3] == Array(repeating: .offAir, count: 6))
    }

    @Test("handlers see it")
    func handlers() throws {
        let seen = Log<AirState?>()
        var loop = TickLoop()
        let handler = TickHandler { seen.append($0.air) }
        try loop.add(SessionRequest(.fast(3), handler: handler, gate: OnAirGate(Self.right(8, from: 1))))
        try loop.run()
        #expect(seen.entries == [.offAir, .onAir(fencingNumber: 8), .onAir(fencingNumber: 8)])
    }

    // MARK: - Changes

    @Test("the loop keeps a gate alive until its session is removed; the next session in its place never has it")
    func places() throws {
        var loop = TickLoop(TickLoopOptions(spareSessions: 0, endsWhenIdle: false))
        weak var gate: OnAirGate?
        func request(_ number: Int64?) throws -> SessionRequest {
            let made = number.map { OnAirGate(Self.right($0)) }
            if case .some = made { gate = made }
            return SessionRequest(try SessionPlan(rate: FrameRate(1_000)), gate: made)
        }
        try loop.add(try request(1))
        var session = try loop.begin()[0].id
        for number in 2...9 as ClosedRange<Int64> {
            let air = loop.next()?.air
            #expect(gate != nil && air == .onAir(fencingNumber: number - 1))
            try loop.remove(session)
            #expect(gate == nil)
            session = try loop.add(try request(nil))
            let plain = loop.next()
            let none = try #require(plain)
            #expect(none.session == session && session.slot == 0 && none.air == nil)
            try loop.remove(session)
            session = try loop.add(try request(number))
        }
        let last = loop.next()?.air
        #expect(last == .onAir(fencingNumber: 9))
    }

    @Test("a successor that is like its predecessor has its gate; one of its own has its own, or none")
    func successors() throws {
        var loop = TickLoop()
        let gate = OnAirGate(Self.right(3))
        try loop.add(SessionRequest(try SessionPlan(rate: FrameRate(500)), gate: gate))
        let begun = try loop.begin()[0]
        let soon = begun.epoch.utc + .milliseconds(30)
        let second = try loop.succeed(begun.id, atOrAfter: soon).successor
        let third = try loop.succeed(
            second, atOrAfter: soon + .milliseconds(60), by: SessionRequest(.fast(3))
        ).successor
        var states: [Int32: Set<AirState?>] = [:]
        while let tick = loop.next() { states[tick.session.index, default: []].insert(tick.air) }
        #expect(states[begun.id.index] == [.onAir(fencingNumber: 3)])
        #expect(states[second.index] == [.onAir(fencingNumber: 3)])
        #expect(states[third.index] == [nil])
    }
}
