import ClusterClock
import Foundation
import TestSupport
import Testing
import TickTime
import TimeExchange

@testable import ClusterLinux

@Suite("A ptp4l is asked over its local sockets", .timeLimit(.minutes(3)))
struct PTPClientTests {
    /// The exchanges of the test lie within this long, and each is stamped within it.
    private static let window = Nanoseconds.milliseconds(400)

    private func measured(
        _ statement: FakePTP4L.Statement = FakePTP4L.Statement(), domain: UInt8? = nil, hasMonitor: Bool = true,
        stated: PTPStatedErrors = PTPStatedErrors()
    ) throws -> PTPMeasurement {
        let folder = try TemporaryFolder()
        let daemon = try FakePTP4L(in: folder.path, statement)
        defer { daemon.stop() }
        let source = PTPSource(
            socket: daemon.socket, monitor: hasMonitor ? daemon.monitorPath : nil, domain: domain)
        return try PTPClient.measure(source, stated: stated, window: Self.window)
    }

    @Test(
        "a grandmaster of class 6 bounds UTC by its exchanges and its accuracy", arguments: [Int64(0), 40_000, -40_000])
    func referenced(offset: Int64) throws {
        var statement = FakePTP4L.Statement()
        statement.offset = offset
        let measured = try measured(statement)
        #expect(measured.bound.provenance == .referenced)
        #expect(measured.domain == 127 && measured.exchanges >= 4 && measured.changes == 0)
        let interval = try #require(measured.bound.interval)
        // 2 µs each way and an accuracy of 100 ns; the newest exchanges of the window are at most 400 ms old.
        #expect(interval.lower <= Nanoseconds(offset) && Nanoseconds(offset) <= interval.upper)
        #expect(interval.upper -| interval.lower <= .microseconds(90), "\(interval)")
        #expect(interval.upper -| interval.lower >= Nanoseconds(4_200), "\(interval)")
    }

    @Test("a domain that is not given is found, and a wrong one is named")
    func domains() throws {
        for domain: UInt8 in [0, 77, 255] {
            var statement = FakePTP4L.Statement()
            statement.domain = domain
            #expect(try measured(statement).domain == domain)
        }
        let failure = #expect(throws: PTPFailure.self) { try measured(domain: 5) }
        #expect("\(try #require(failure))".contains("does not answer in domain 5"))
    }

    @Test("of several ports the one that follows a master counts")
    func ports() throws {
        var statement = FakePTP4L.Statement()
        statement.ports = [6, 4, 9, 6]
        let measured = try measured(statement)
        #expect(measured.status.port.port.number == 3 && measured.bound.provenance == .referenced)
    }

    @Test("what is no evidence keeps its reason: the port, the grandmaster, its time, its stamps")
    func doubts() throws {
        let cases: [(PTPDoubt, (inout FakePTP4L.Statement) -> Void)] = [
            (.portState(.listening), { $0.ports = [4] }),
            (.noSync, { $0.hasIngress = false }),
            (.clockClass(248), { $0.clockClass = 248 }),
            (.untraceable, { $0.flags = 0x2C }),
            (.arbitraryTimescale, { $0.flags = 0x34 }),
            (.utcOffsetInvalid, { $0.flags = 0x38 }),
            (.utcOffset(announced: 36, known: 37), { $0.utcOffset = 36 }),
            (.sendsUTC, { $0.parentAhead = 0 }),
            (.accuracy(0xFE), { $0.accuracy = 0xFE }),
            (.hops(3), { $0.stepsRemoved = 3 }),
            (.holdover, { $0.clockClass = 7 }),
            (.noExchanges, { $0.exchanges = false }),
            (.hardwareStamps, { $0.stamping = 1 }),
            (.unknownStamps, { $0.refused = [0xC004] }),
        ]
        for (doubt, change) in cases {
            var statement = FakePTP4L.Statement()
            change(&statement)
            let measured = try measured(statement)
            #expect(measured.bound.provenance == .doubtful(doubt))
            #expect(measured.bound.interval == nil)
        }
    }

    @Test("without the times of exchanges there is ptp4l's estimate, which is no evidence")
    func estimate() throws {
        var statement = FakePTP4L.Statement()
        statement.offset = 1_234
        let measured = try measured(statement, hasMonitor: false)
        #expect(measured.bound.provenance == .doubtful(.noExchanges) && measured.bound.claim == nil)
        #expect(measured.exchanges == 0)
    }

    @Test("a grandmaster that changes within the window is no evidence, and is counted")
    func change() throws {
        var statement = FakePTP4L.Statement()
        statement.nextGrandmaster = 2
        let measured = try measured(statement)
        #expect(measured.bound.provenance == .doubtful(.newParent) && measured.changes == 1)
    }

    @Test("data sets that are refused, unanswered or cut off are named, and never waited for without end")
    func refusals() throws {
        var statement = FakePTP4L.Statement()
        statement.refused = [0x2002]
        let refused = #expect(throws: PTPFailure.self) { try measured(statement) }
        #expect("\(try #require(refused))" == "ptp4l: the question for PARENT_DATA_SET is refused with error 2")
        statement = FakePTP4L.Statement()
        statement.unanswered = [0xC000]
        let unanswered = #expect(throws: PTPFailure.self) { try measured(statement) }
        #expect("\(try #require(unanswered))" == "ptp4l: no answer to the question for TIME_STATUS_NP")
        statement = FakePTP4L.Statement()
        statement.cut = 3
        let cut = #expect(throws: PTPFailure.self) { try measured(statement) }
        #expect("\(try #require(cut))".hasSuffix("does not answer in any domain"))
    }

    @Test("a daemon that is gone, a socket that is missing and a monitor that is taken are named with a remedy")
    func sockets() throws {
        let folder = try TemporaryFolder()
        let missing = #expect(throws: PTPFailure.self) {
            try PTPClient.measure(PTPSource(socket: folder.path + "/none"))
        }
        #expect("\(try #require(missing))".contains("none does not exist; is ptp4l running"))
        let daemon = try FakePTP4L(in: folder.path)
        defer { daemon.stop() }
        let taken = try LocalDatagrams(boundTo: daemon.monitorPath)
        let source = PTPSource(socket: daemon.socket, monitor: daemon.monitorPath)
        let second = #expect(throws: PTPFailure.self) { try PTPClient.measure(source) }
        #expect("\(try #require(second))".contains("another program already takes the times of exchanges"))
        _ = consume taken
        // What a killed process left is no program.
        try FakePTP4L.leaveSocket(at: daemon.monitorPath)
        #expect(try PTPClient.measure(source, window: Self.window).bound.provenance == .referenced)
    }

    @Test("a daemon that does not read its socket is named with a remedy, whether its queue is full or not")
    func stopped() throws {
        // The search for the domain fills the queue. The questions in one domain do not.
        for domain: UInt8? in [nil, 127] {
            let folder = try TemporaryFolder()
            let daemon = try LocalDatagrams(boundTo: folder.path + "/ptp4l")
            let failure = #expect(throws: PTPFailure.self) {
                try PTPClient.measure(
                    PTPSource(socket: daemon.path, domain: domain), timeLimit: .milliseconds(100))
            }
            #expect(
                "\(try #require(failure))"
                    == "ptp4l at \(daemon.path) does not read its socket; is it stopped? Continue it with kill -CONT, "
                    + "or restart it")
        }
    }

    @Test("only ptp4l's socket is heard: what another process sends to ours is refused by the kernel")
    func strangers() throws {
        let folder = try TemporaryFolder()
        let daemon = try FakePTP4L(in: folder.path)
        defer { daemon.stop() }
        let own = try LocalDatagrams(connectedTo: daemon.socket)
        let refused = #expect(throws: (any Error).self) {
            _ = try LocalDatagrams(connectedTo: own.path)
        }
        #expect("\(try #require(refused))".contains("connect"))
    }
}
