import ClusterClock
import TestSupport
import Testing
import TickTime
import TimeExchange

/// A PTP network in true time: a parent that is off UTC and drifts, a path with its own delay each way, and a local
/// clock. Each exchange is measured as ptp4l measures it.
private struct PTPWorld {
    var random: SeededGenerator
    let parent = PTPPortIdentity(clock: PTPClockIdentity(rawValue: 0x0200_00FF_FE00_0001), number: 1)
    /// Parent − local at the time 0, with 37 s of TAI − UTC.
    var offset: Int64
    /// Of each clock, in parts per billion.
    let parentDrift: Int64
    let localDrift: Int64
    let delays: (there: Int64, back: Int64)
    let jitter: Int64
    var sequence: UInt16 = 0

    static let start: Int64 = 1_796_000_000_000_000_000
    static let tai: Int64 = 37_000_000_000

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        offset = Int64.random(in: -50_000_000...50_000_000, using: &random)
        parentDrift = Int64.random(in: -50_000...50_000, using: &random)
        localDrift = Int64.random(in: -50_000...50_000, using: &random)
        delays = (Int64.random(in: 0...300_000, using: &random), Int64.random(in: 0...300_000, using: &random))
        jitter = Int64.random(in: 0...100_000, using: &random)
    }

    func local(_ time: Int64) -> Int64 { Self.start + time + time * localDrift / 1_000_000_000 }
    func parentTime(_ time: Int64) -> Int64 {
        Self.start + time + time * parentDrift / 1_000_000_000 + offset + Self.tai
    }
    func boot(_ time: Int64) -> BootInstant { BootInstant(nanoseconds: 1_000_000_000 + time) }

    mutating func exchange(_ kind: PTPExchangeTimes.Kind, at time: Int64) throws -> PTPExchangeTimes {
        sequence &+= 1
        let more = Int64.random(in: 0...jitter, using: &random)
        let parent: Int64, local: Int64
        switch kind {
        case .sync: (parent, local) = (parentTime(time - delays.there - more), self.local(time))
        case .delay: (parent, local) = (parentTime(time), self.local(time - delays.back - more))
        }
        return PTPExchangeTimes(
            kind, source: self.parent, sequence: sequence, parent: try PTPTimestamp(nanoseconds: parent),
            local: try PTPTimestamp(nanoseconds: local))
    }
}

@Suite("What a PTP clock bounds")
struct PTPBoundTests {
    private static let table = LeapSecondTable.builtIn

    private static func status(_ parent: PTPPortIdentity) throws -> PTPStatus {
        guard case .port(let port) = try PTPRecordings.data("PORT_DATA_SET"),
            case .parent(var recorded) = try PTPRecordings.data("PARENT_DATA_SET"),
            case .current(let current) = try PTPRecordings.data("CURRENT_DATA_SET"),
            case .timeProperties(var time) = try PTPRecordings.data("TIME_PROPERTIES_DATA_SET"),
            case .timeStatus(let status) = try PTPRecordings.data("TIME_STATUS_NP")
        else { throw Missing() }
        recorded.port = parent
        time.isPTPTimescale = true
        return PTPStatus(
            port: port, parent: recorded, current: current, timeProperties: time, timeStatus: status,
            stamping: .software)
    }

    /// A parent that is 2 µs ahead, measured to within 1 µs, and a status by which it is evidence.
    private static func good() throws -> (status: PTPStatus, window: PTPWindow, now: BootInstant, utc: UTCInstant) {
        let world = PTPWorld(seed: 1), now = world.boot(0)
        let status = try status(world.parent)
        var window = PTPWindow()
        window.follow(status.parent, at: now)
        let local = try PTPTimestamp(nanoseconds: PTPWorld.start)
        for (kind, ahead) in [(PTPExchangeTimes.Kind.sync, Int64(1_500)), (.delay, 2_500)] {
            let parent = try PTPTimestamp(nanoseconds: PTPWorld.start + PTPWorld.tai + ahead)
            window.add(
                PTPExchangeTimes(kind, source: world.parent, sequence: 1, parent: parent, local: local), at: now)
        }
        return (status, window, now, UTCInstant(nanoseconds: PTPWorld.start))
    }

    private static func bound(
        _ stated: PTPStatedErrors = PTPStatedErrors(), later: Nanoseconds = .zero,
        _ change: (inout PTPStatus, inout PTPWindow) throws -> Void = { _, _ in }
    ) throws -> SourcedBound {
        var (status, window, now, utc) = try good()
        try change(&status, &window)
        return status.bound(by: window, stated: stated, leapSeconds: table, at: now + later, utc: utc)
    }

    @Test("a grandmaster of class 6 gives the exchanges, its accuracy and its offset from UTC")
    func referenced() throws {
        let bound = try Self.bound()
        // 1.5 to 2.5 µs, each grown by 1 ns for no time at all, and an accuracy of 100 ns (0x21).
        #expect(bound.provenance == .referenced)
        #expect(bound.interval == OffsetInterval(Nanoseconds(1_399), Nanoseconds(2_601)))
    }

    @Test("exchanges grow by 100 ppm of their age")
    func age() throws {
        let bound = try Self.bound(later: .milliseconds(500))
        guard let interval = bound.interval else { throw Missing() }
        // 500 ms at 2 · 50 ppm are 50 µs, and the product of both drifts adds 5 ns.
        #expect((interval.lower.count + 50_000 - 1_399).magnitude <= 7)
        #expect((interval.upper.count - 50_000 - 2_601).magnitude <= 7)
    }

    @Test("steps to the grandmaster count with the error that the operator states of one, and without it are no bound")
    func hops() throws {
        let far = try Self.bound(PTPStatedErrors(hop: Nanoseconds(200))) { status, _ in status.current.stepsRemoved = 3
        }
        #expect(far.interval == OffsetInterval(Nanoseconds(799), Nanoseconds(3_201)))
        let unknown = try Self.bound { status, _ in status.current.stepsRemoved = 2 }
        #expect(unknown.provenance == .doubtful(.hops(2)) && unknown.claim == nil)
    }

    @Test("holdover is a bound only with the error that the operator states")
    func holdover() throws {
        let change: (inout PTPStatus, inout PTPWindow) -> Void = { status, _ in status.parent.quality.clockClass = 7 }
        #expect(try Self.bound(PTPStatedErrors(), change).provenance == .doubtful(.holdover))
        let stated = try Self.bound(PTPStatedErrors(holdover: .microseconds(5)), change)
        #expect(stated.interval == OffsetInterval(Nanoseconds(-3_501), Nanoseconds(7_501)))
    }

    @Test("what makes a grandmaster no evidence is named, with a remedy")
    func doubts() throws {
        let cases: [(PTPDoubt, (inout PTPStatus) -> Void)] = [
            (.portState(.listening), { $0.port.state = .listening }),
            (.hardwareStamps, { $0.stamping = .hardware }),
            (.unknownStamps, { $0.stamping = nil }),
            (.portState(.uncalibrated), { $0.port.state = .uncalibrated }),
            (.noSync, { $0.timeStatus.ingress = 0 }),
            (.noSync, { $0.timeStatus.hasGrandmaster = false }),
            (.clockClass(248), { $0.parent.quality.clockClass = 248 }),
            (.clockClass(52), { $0.parent.quality.clockClass = 52 }),
            (.untraceable, { $0.timeProperties.isTimeTraceable = false }),
            (.arbitraryTimescale, { $0.timeProperties.isPTPTimescale = false }),
            (.utcOffsetInvalid, { $0.timeProperties.isUTCOffsetValid = false }),
            (.utcOffset(announced: 36, known: 37), { $0.timeProperties.utcOffset = 36 }),
            (.accuracy(0xFE), { $0.parent.quality.accuracy = 0xFE }),
            (.accuracy(0x31), { $0.parent.quality.accuracy = 0x31 }),
        ]
        for (doubt, change) in cases {
            let bound = try Self.bound { status, _ in change(&status) }
            #expect(bound.provenance == .doubtful(doubt) && bound.interval == nil && bound.error == nil)
            guard let fault = bound.provenance.fault else { throw Missing() }
            #expect(fault.contains(bound.provenance.name == "unstated" ? "no bound: " : "unreferenced: "), "\(fault)")
            #expect(fault.contains("; "), "\(fault)")
        }
    }

    @Test("without exchanges ptp4l's offset is shown as an estimate, never as a bound")
    func estimate() throws {
        let bound = try Self.bound { status, window in
            window = PTPWindow()
            window.follow(status.parent, at: BootInstant(nanoseconds: 1))
            status.timeStatus.offset = -2_000
        }
        #expect(bound.provenance == .doubtful(.noExchanges) && bound.claim == nil)
        #expect(bound.offset == Nanoseconds(2_000))
    }

    @Test("a grandmaster that announces PTP's time scale and sends UTC is refused by name")
    func sendsUTC() throws {
        let bound = try Self.bound { status, window in
            window = PTPWindow()
            window.follow(status.parent, at: BootInstant(nanoseconds: 1))
            let time = try PTPTimestamp(nanoseconds: PTPWorld.start)
            for kind in [PTPExchangeTimes.Kind.sync, .delay] {
                window.add(
                    PTPExchangeTimes(kind, source: status.parent.port, sequence: 1, parent: time, local: time),
                    at: BootInstant(nanoseconds: 1_000_000_000))
            }
        }
        #expect(bound.provenance == .doubtful(.sendsUTC) && bound.interval == nil)
    }

    @Test("a change of the parent or of the grandmaster ends what was measured, and is counted")
    func changed() throws {
        for isGrandmaster in [false, true] {
            var (status, window, now, utc) = try Self.good()
            let other = PTPClockIdentity(rawValue: 7)
            if isGrandmaster {
                status.parent.grandmaster = other
            } else {
                status.parent.port = PTPPortIdentity(clock: other, number: 1)
            }
            window.follow(status.parent, at: now)
            #expect(window.changes == 1)
            func provenance(_ at: BootInstant) -> BoundProvenance {
                status.bound(by: window, leapSeconds: Self.table, at: at, utc: utc).provenance
            }
            #expect(provenance(now) == .doubtful(.newParent))
            // The old exchanges are not taken for the new parent's, however late.
            #expect(provenance(now + .seconds(2)) == .doubtful(.noExchanges))
            utc = utc + .seconds(2)
            for kind in [PTPExchangeTimes.Kind.sync, .delay] {
                window.add(
                    PTPExchangeTimes(
                        kind, source: status.parent.port, sequence: 1,
                        parent: try PTPTimestamp(nanoseconds: utc.nanoseconds + PTPWorld.tai),
                        local: try PTPTimestamp(nanoseconds: utc.nanoseconds)), at: now + .seconds(2))
            }
            #expect(provenance(now + .seconds(2)) == .referenced)
        }
    }

    /// CLOCK_REALTIME is set forward by 10 µs, as two readings within 1 µs show it.
    private static func step(_ window: inout PTPWindow) {
        let now = BootInstant(nanoseconds: 1_000_000_000)
        window.watch(clockAhead: OffsetInterval(.zero, bound: .microseconds(1)), at: now)
        window.watch(clockAhead: OffsetInterval(.microseconds(10), bound: .microseconds(1)), at: now)
    }

    @Test("a clock that drifts by less than 100 ppm was not set, and one that is slewed faster was")
    func slew() throws {
        for (rate, steps) in [(Int64(99), 0), (-99, 0), (130, 1), (-130, 1)] {
            var window = PTPWindow()
            for millisecond in Int64(0)...900 {
                let ahead = Nanoseconds(rate * millisecond)
                window.watch(
                    clockAhead: OffsetInterval(ahead, bound: .microseconds(10)),
                    at: BootInstant(nanoseconds: 1_000_000_000 + millisecond * 1_000_000))
            }
            #expect(window.clockSteps == steps, "\(rate) ppm")
        }
    }

    @Test("an old sync, a set clock and exchanges that contradict each other are no bound")
    func oldAndContradicting() throws {
        #expect(try Self.bound(later: .milliseconds(1_001)).provenance == .doubtful(.oldSync(.milliseconds(1_001))))
        #expect(try Self.bound { _, window in Self.step(&window) }.provenance == .doubtful(.noExchanges))
        let contradiction = try Self.bound { status, window in
            let parent = try PTPTimestamp(nanoseconds: PTPWorld.start + PTPWorld.tai + 90_000)
            window.add(
                PTPExchangeTimes(
                    .sync, source: status.parent.port, sequence: 2, parent: parent,
                    local: try PTPTimestamp(nanoseconds: PTPWorld.start)), at: BootInstant(nanoseconds: 1_000_000_000))
        }
        #expect(contradiction.provenance == .doubtful(.contradiction) && contradiction.claim == nil)
    }

    @Test("exchanges with other ports than the parent do not count")
    func others() throws {
        let bound = try Self.bound { _, window in
            let other = PTPPortIdentity(clock: PTPClockIdentity(rawValue: 9), number: 1)
            for kind in [PTPExchangeTimes.Kind.sync, .delay] {
                window.add(
                    PTPExchangeTimes(
                        kind, source: other, sequence: 1,
                        parent: try PTPTimestamp(nanoseconds: PTPWorld.start),
                        local: try PTPTimestamp(nanoseconds: PTPWorld.start)),
                    at: BootInstant(nanoseconds: 1_000_000_000))
            }
        }
        #expect(bound.interval == OffsetInterval(Nanoseconds(1_399), Nanoseconds(2_601)))
    }

    @Test("the bound holds the truth at every exchange, whatever the path, the drift and the offset")
    func truth() throws {
        let first = SeededGenerator().seed
        for seed in first..<first + 300 {
            var world = PTPWorld(seed: seed)
            let status = try Self.status(world.parent)
            var window = PTPWindow(), bounded = 0
            window.follow(status.parent, at: world.boot(0))
            var time: Int64 = 1_000_000
            while time < 5_000_000_000 {
                let kind: PTPExchangeTimes.Kind = Bool.random(using: &world.random) ? .sync : .delay
                window.add(try world.exchange(kind, at: time), at: world.boot(time))
                time += Int64.random(in: 1_000_000...400_000_000, using: &world.random)
                let bound = status.bound(
                    by: window, leapSeconds: Self.table, at: world.boot(time),
                    utc: UTCInstant(nanoseconds: world.local(time)))
                guard let interval = bound.interval else { continue }
                bounded += 1
                let truth = world.parentTime(time) - PTPWorld.tai - world.local(time)
                #expect(
                    interval.lower.count <= truth && truth <= interval.upper.count,
                    "seed \(seed), \(time) ns: \(truth) is outside \(interval)")
                #expect(interval.width < .milliseconds(2))
            }
            #expect(bounded > 0, "seed \(seed)")
        }
    }

    @Test("codes of accuracy state what IEEE 1588 assigns, rounded up to a nanosecond")
    func accuracies() throws {
        var quality = try Self.good().status.parent.quality
        for (code, bound) in [
            (0x17, 1), (0x1E, 3), (0x1F, 10), (0x20, 25), (0x21, 100), (0x23, 1_000), (0x25, 10_000),
            (0x29, 1_000_000), (0x2F, 1_000_000_000), (0x30, 10_000_000_000),
        ] as [(UInt8, Int64)] {
            quality.accuracy = code
            #expect(quality.accuracyBound == Nanoseconds(bound))
        }
        for code: UInt8 in [0, 0x16, 0x31, 0xFE, 0xFF] {
            quality.accuracy = code
            #expect(quality.accuracyBound == nil)
        }
    }
}
