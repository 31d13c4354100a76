import ClusterClock
import Testing
import TickTime

@testable import TimeSyncAudit

@Suite("The statement of ClockBound")
struct ClockBoundTests {
    /// Packed by Python's struct as '<IIIHHqqqqqQIiB7x': as of 1000.5 s, void after 2000.5 s, bound 123 456 ns,
    /// marker 7, 50 000 ppb, synchronized, no disruptions watched.
    private static let memory: [UInt8] = [
        0x4E, 0x5A, 0x4D, 0x41, 0x00, 0x02, 0x42, 0x43, 0x50, 0x00, 0x00, 0x00, 0x02, 0x00, 0x06, 0x00,  //
        0xE8, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x65, 0xCD, 0x1D, 0x00, 0x00, 0x00, 0x00,  //
        0xD0, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x65, 0xCD, 0x1D, 0x00, 0x00, 0x00, 0x00,  //
        0x40, 0xE2, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  //
        0x50, 0xC3, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    ]

    private typealias Failure = ClockBoundStatement.Failure

    private static func memory(_ changes: [Int: UInt8]) -> [UInt8] {
        var bytes = memory
        for (place, byte) in changes { bytes[place] = byte }
        return bytes
    }

    private static func seconds(_ count: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: count * 1_000_000_000 + 500_000_000)
    }

    @Test("each field is where version 2 has it")
    func fields() throws {
        let statement = try ClockBoundStatement(memory: Self.memory)
        #expect(statement.status == .synchronized && !statement.watchesDisruption)
        #expect(statement.asOf == Self.seconds(1_000) && statement.voidAfter == Self.seconds(2_000))
        #expect(statement.bound == Nanoseconds(123_456) && statement.driftRate == 50_000)
        #expect(statement.disruptionMarker == 7)
    }

    @Test("the bound is as stated at first, and grows by the stated drift, but by 50 ppm at least")
    func growth() throws {
        var statement = try ClockBoundStatement(memory: Self.memory)
        // Growth is rounded up, and adds a nanosecond to a whole number.
        #expect(try statement.interval(at: Self.seconds(1_000)) == OffsetInterval(.zero, bound: Nanoseconds(123_457)))
        // 100 s · 50 ppm · (1 + 50 ppm) = 5 000 250 ns.
        let later = OffsetInterval(.zero, bound: Nanoseconds(123_456 + 5_000_251))
        #expect(try statement.interval(at: Self.seconds(1_100)) == later)
        statement.driftRate = 1_000
        #expect(try statement.interval(at: Self.seconds(1_100)) == later)
        statement.driftRate = 100_000
        // 100 s · 100 ppm · (1 + 100 ppm) = 10 001 000 ns.
        #expect(
            try statement.interval(at: Self.seconds(1_100))
                == OffsetInterval(.zero, bound: Nanoseconds(123_456 + 10_001_001)))
        // A bound of the greatest number is no trap.
        statement.bound = Nanoseconds(.max)
        #expect(try statement.interval(at: Self.seconds(1_100)).upper == Nanoseconds(1 << 62))
    }

    @Test("a statement is void from its end on, and one from the future or of an unknown clock is none")
    func void() throws {
        var statement = try ClockBoundStatement(memory: Self.memory)
        let last = MonotonicInstant(nanoseconds: Self.seconds(2_000).nanoseconds - 1)
        _ = try statement.interval(at: last)
        #expect(throws: Failure.void(since: .zero)) { try statement.interval(at: Self.seconds(2_000)) }
        #expect(throws: Failure.future(by: .seconds(1))) { try statement.interval(at: Self.seconds(999)) }
        statement.status = .unknown
        #expect(throws: Failure.unknown) { try statement.interval(at: Self.seconds(1_000)) }
        statement.status = .disrupted
        #expect(throws: Failure.disrupted) { try statement.interval(at: Self.seconds(1_000)) }
        statement.status = .freeRunning
        #expect(try statement.interval(at: Self.seconds(1_000)).upper == Nanoseconds(123_457))
    }

    @Test("where disruptions are watched, the statement holds only under the virtual machine's present marker")
    func disruption() throws {
        var statement = try ClockBoundStatement(memory: Self.memory)
        _ = try statement.interval(at: Self.seconds(1_000), marker: 8)
        statement.watchesDisruption = true
        _ = try statement.interval(at: Self.seconds(1_000), marker: 7)
        #expect(throws: Failure.disrupted) { try statement.interval(at: Self.seconds(1_000), marker: 8) }
        #expect(throws: Failure.disrupted) { try statement.interval(at: Self.seconds(1_000)) }
    }

    @Test("other memory, another version and an unfinished statement are refused with their cause")
    func refusals() {
        func failure(_ bytes: [UInt8]) -> Failure? {
            do throws(Failure) {
                _ = try ClockBoundStatement(memory: bytes)
                return nil
            } catch { return error }
        }
        func isForm(_ bytes: [UInt8]) -> Bool { if case .form = failure(bytes) { true } else { false } }
        #expect(isForm([]) && isForm(Self.memory([0: 0x4F])) && isForm(Self.memory([5: 0x03])))
        for count in 0..<80 { #expect(isForm(Array(Self.memory.prefix(count))), "\(count) bytes") }
        #expect(isForm(Self.memory([8: 79])))
        #expect(failure(Self.memory([12: 1])) == .version(1) && failure(Self.memory([12: 3])) == .version(3))
        #expect(failure(Self.memory([14: 7])) == .unwritten && failure(Self.memory([14: 0])) == .unwritten)
        // Nanoseconds of a second or more, negative seconds, a negative bound, a drift above a tenth, status 4.
        #expect(isForm(Self.memory([27: 0x40])) && isForm(Self.memory([23: 0x80])) && isForm(Self.memory([55: 0x80])))
        #expect(isForm(Self.memory([67: 0x10])) && isForm(Self.memory([68: 4])) && isForm(Self.memory([71: 0xFF])))
    }

    @Test("any 80 bytes behind the signature give a statement that can be asked, or a refusal")
    func anyBytes() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            var bytes = Array(Self.memory.prefix(16))
            bytes += (16..<80).map { place in
                // Half of the bytes are as they were, so that some statements pass.
                .random(using: &random) ? Self.memory[place] : .random(in: .min ... .max, using: &random)
            }
            guard let statement = try? ClockBoundStatement(memory: bytes) else { continue }
            for now in [0, statement.asOf.nanoseconds, .max] {
                guard let interval = try? statement.interval(at: MonotonicInstant(nanoseconds: now)) else { continue }
                #expect(
                    interval.lower <= .zero && interval.upper >= min(statement.bound, Nanoseconds(1 << 62)), "\(bytes)")
            }
        }
    }

    @Test("a clock that runs free, or whose chronyd has no reference, is shown and is no evidence")
    func provenance() throws {
        func finding(_ changes: [Int: UInt8] = [:], chrony: SyncEvidence.Finding? = nil) -> SyncEvidence.Finding {
            SyncEvidence(
                node: "a", clockBound: Self.memory(changes), vmClock: nil, at: Self.seconds(1_000), chrony: chrony,
                source: "shm0", taken: UTCInstant(nanoseconds: 0)
            ).finding
        }
        let interval = OffsetInterval(.zero, bound: Nanoseconds(123_457))
        #expect(finding() == .measured(interval))
        #expect(finding(chrony: .measured(.ours)) == .measured(interval))
        #expect(finding(chrony: .unknown("there is no chronyc")) == .measured(interval))
        let free = SyncEvidence.UnfoundedClaim(
            offset: .zero, claim: interval, provenance: "circular", why: "circular: it follows this host")
        for (found, provenance, words) in [
            (finding([68: 2]), "unreferenced", "runs free"),
            (finding(chrony: .unfounded(free)), "circular", "it follows this host"),
            (finding(chrony: .failed("chronyd is not synchronised")), "unreferenced", "not synchronised"),
        ] {
            guard case .unfounded(let claim) = found else {
                Issue.record("\(found)")
                continue
            }
            #expect(claim.claim == interval && claim.provenance == provenance && claim.why.contains(words))
        }
        let unsteady = SyncEvidence(
            node: "a", clockBound: nil, vmClock: nil, at: Self.seconds(1_000), chrony: nil, source: "shm0",
            taken: UTCInstant(nanoseconds: 0))
        #expect(unsteady.interval == nil && unsteady.fault?.contains("does not finish one") == true)
        // Disruptions are watched, and there is no clock of a virtual machine.
        guard case .failed(let why) = finding([72: 1]) else {
            Issue.record("evidence without the marker")
            return
        }
        #expect(why.contains("/dev/vmclock0"))
    }

    @Test("the virtual machine's marker is read from a clock that is not being written")
    func marker() {
        func clock(magic: [UInt8] = [0x56, 0x43, 0x4C, 0x4B], sequence: UInt8) -> [UInt8] {
            magic + [104, 0, 0, 0, 1, 0, 0, 0, sequence, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]
        }
        #expect(DisruptionMarker(memory: clock(sequence: 2))?.value == 5)
        #expect(DisruptionMarker(memory: clock(sequence: 3)) == nil)
        #expect(DisruptionMarker(memory: clock(magic: [0, 0, 0, 0], sequence: 2)) == nil)
        #expect(DisruptionMarker(memory: Array(clock(sequence: 2).prefix(23))) == nil)
    }
}
