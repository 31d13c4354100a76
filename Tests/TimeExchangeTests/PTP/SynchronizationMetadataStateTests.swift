import Testing
import TestSupport
import TickTime
import TimeExchange

/// The state in virtual time. The house is at UTC−5: local offset −5 h − 37 s.
@Suite("The last synchronization metadata of a plant")
struct SynchronizationMetadataStateTests {
    /// 2026-11-30T19:00:00Z, and the second of PTP that it is.
    private static let utc: Int64 = 1_796_065_200
    private static let ptp: UInt64 = 1_796_065_237

    /// The bytes of a message, written field by field as the standard lays them out.
    private struct Sent {
        var domain: UInt8 = 127
        var clock: UInt8 = 1
        var rate: (UInt32, UInt32) = (30_000, 1_001)
        var locking: UInt8 = 4
        var flags: UInt8 = 1
        var offset: Int32 = -18_037
        var jump: Int32 = 0
        var nextJump: UInt64 = 0
        /// 15:00 and, a day before, local time: 20:00:00Z is second 1 796 068 837 of PTP.
        var nextJam: UInt64 = 1_796_068_837
        var previousJam: UInt64 = 1_795_982_437
        var previousOffset: Int32 = -18_037

        var bytes: [UInt8] {
            func number(_ value: some FixedWidthInteger, _ count: Int) -> [UInt8] {
                (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            }
            var all: [UInt8] = [0x0D, 2, 0, 100, domain] + [UInt8](repeating: 0, count: 15)
            all += [2, 0, 0, 0xFF, 0xFE, 0, 0, clock, 0, 1, 0, 6, 4, 0x7F]
            all += [UInt8](repeating: 0xFF, count: 10) + [0, 0, 3, 0, 0, 3, 0, 48, 0x68, 0x97, 0xE8, 0, 0, 1]
            all += number(rate.0, 4) + number(rate.1, 4) + [locking, flags] + number(offset, 4) + number(jump, 4)
            all += number(nextJump, 6) + number(nextJam, 6) + number(previousJam, 6) + number(previousOffset, 4)
            return all + [0, 0]
        }
    }

    private struct House {
        var state = SynchronizationMetadataState()
        var milliseconds: Int64 = 0

        var boot: BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }

        mutating func take(_ sent: Sent = Sent(), after length: Int64 = 1_000) -> [SynchronizationMetadataState.Event] {
            take(bytes: sent.bytes, after: length)
        }

        mutating func take(
            bytes: [UInt8], length: Int? = nil, after wait: Int64 = 1_000
        ) -> [SynchronizationMetadataState.Event] {
            milliseconds += wait
            return state.take(
                bytes.span, length: length ?? bytes.count, at: boot,
                utc: UTCInstant(nanoseconds: utc * 1_000_000_000 + milliseconds * 1_000_000), leapSeconds: .builtIn)
        }
    }

    @Test("the message that the tests write is laid out as the one that tshark read")
    func layout() throws {
        var sent = Sent()
        (sent.nextJam, sent.previousJam) = (1_795_856_444, 1_795_770_044)
        #expect(sent.bytes == PTPRecordings.metadata)
    }

    @Test("a repeated message is no event, and its age counts from the last one")
    func repeated() {
        var house = House()
        #expect(house.take() == [.first])
        for _ in 0..<100 { #expect(house.take() == []) }
        #expect(house.state.counts.accepted == 101 && house.state.senderChanges == 0)
        #expect(house.state.age(at: house.boot) == .zero)
        #expect(house.state.age(at: house.boot +| .milliseconds(700)) == .milliseconds(700))
    }

    @Test("the last metadata stays when it is lost, is stale after three seconds, and says how old it is")
    func lost() throws {
        var house = House()
        _ = house.take()
        let last = try #require(house.state.last)
        let boot = house.boot
        #expect(!house.state.isStale(at: boot +| .seconds(3)) && house.state.check(at: boot +| .seconds(3)) == nil)
        let late = boot +| .milliseconds(3_001)
        #expect(house.state.isStale(at: late) && house.state.check(at: late) == .stale)
        #expect(house.state.check(at: late +| .seconds(3_600)) == nil, "said once")
        #expect(house.state.last == last && house.state.age(at: late +| .seconds(3_600)) == .milliseconds(3_603_001))
        #expect(house.take(after: 7_000) == [.resumed(after: .seconds(7))])
        #expect(!house.state.isStale(at: house.boot))
        // The next silence is said again.
        #expect(house.state.check(at: house.boot +| .seconds(4)) == .stale)
    }

    @Test("another sender and other content are events, and a jam that moves on is content")
    func changes() throws {
        var house = House()
        _ = house.take()
        let first = try #require(house.state.last).message.source
        var sent = Sent()
        sent.clock = 2
        #expect(house.take(sent) == [.sender(from: first)])
        sent.locking = 1
        #expect(house.take(sent) == [.content(["locking"])])
        (sent.nextJam, sent.previousJam) = (sent.nextJam + 86_400, sent.nextJam)
        house.milliseconds += 3_600_000
        _ = house.take(sent)
        #expect(house.take(sent) == [])
        (sent.clock, sent.jump, sent.nextJump) = (1, 3_600, Self.ptp + 86_400)
        let second = try #require(house.state.last).message.source
        #expect(house.take(sent) == [.sender(from: second), .content(["jump_s", "next_jump"])])
        #expect(house.state.senderChanges == 2)
    }

    @Test("two clocks that send at once are both named, until one has been silent for three seconds")
    func rivals() {
        var house = House()
        var other = Sent()
        other.clock = 2
        _ = house.take()
        _ = house.take(other, after: 100)
        #expect(
            house.state.senders(at: house.boot).map(\.description) == ["020000.fffe.000001-1", "020000.fffe.000002-1"])
        _ = house.take(other, after: 2_950)
        #expect(house.state.senders(at: house.boot).count == 1)
    }

    @Test("metadata that contradicts itself, the standard or the time is refused by name, and the last stays")
    func refused() throws {
        let cases: [(String, (inout Sent) -> Void)] = [
            ("the frame rate 50/2 is not in lowest terms, or too fast", { ($0.rate, $0.flags) = ((50, 2), 0) }),
            ("drop-frame labels do not exist at 25 frames a second", { $0.rate = (25, 1) }),
            ("the next jam is not at a whole ten minutes of local time", { $0.nextJam += 60 }),
            ("the previous jam is not at a whole ten minutes of local time", { $0.previousJam += 1 }),
            ("the next jam is not after the previous one", { ($0.nextJam, $0.previousJam) = (Self.ptp, Self.ptp) }),
            ("a jump of 3600 s is announced without its time", { $0.jump = 3_600 }),
            ("a jump is planned, of 0 seconds", { $0.nextJump = Self.ptp + 600 }),
            ("the next jump is in the past by this host's clock", { ($0.jump, $0.nextJump) = (3_600, Self.ptp - 120) }),
            ("the next jam is in the past by this host's clock", { $0.nextJam -= 7_200 }),
            ("the previous jam is in the future by this host's clock", { $0.previousJam = $0.nextJam - 600 }),
            ("the local offset, 50400 s, is more than 14 hours from UTC", { ($0.offset, $0.nextJam) = (50_400, 0) }),
            (
                "the local offset after the jump, -104437 s, is more than 14 hours from UTC",
                { ($0.jump, $0.nextJump) = (-86_400, Self.ptp + 86_400) }
            ),
            (
                "the previous jam's local offset, -61237 s, is more than 14 hours from UTC",
                { $0.previousOffset = -61_237 }
            ),
        ]
        for (fault, change) in cases {
            var house = House()
            _ = house.take()
            var sent = Sent()
            change(&sent)
            let events = house.take(sent)
            guard events.count == 1, case .refused(let refusal) = events[0] else {
                Issue.record("\(fault): \(events)")
                continue
            }
            #expect(refusal.faults == [fault])
            #expect(house.take(sent) == [], "said once")
            #expect(house.state.counts.refused == 2 && house.state.counts.accepted == 1)
            #expect(house.state.age(at: house.boot) == .seconds(2), "the last accepted one")
        }
    }

    @Test("a jam after a jump by a leap second may be at ten minutes of either local time")
    func leapJump() {
        var house = House()
        var sent = Sent()
        (sent.jump, sent.nextJump) = (-1, sent.nextJam)
        #expect(house.take(sent) == [.first])
        sent.nextJam += 1
        #expect(house.take(sent, after: 1) == [.content(["next_jam"])])
        sent.nextJam += 1
        guard case .refused = house.take(sent).first else {
            Issue.record("accepted")
            return
        }
    }

    @Test("another domain, a cut message and other messages change nothing and are counted")
    func counted() throws {
        var house = House()
        _ = house.take()
        let last = house.state.last
        var sent = Sent()
        (sent.domain, sent.offset) = (0, 3_563)
        #expect(house.take(sent) == [] && house.state.otherDomains == [0])
        #expect(house.take(bytes: Array(Sent().bytes.dropLast())) == [])
        #expect(house.take(bytes: Sent().bytes, length: 2_000) == [])
        // The element says that it is longer than the message.
        var long = Sent().bytes
        long[51] = 49
        #expect(house.take(bytes: long) == [])
        #expect(house.state.lastMalformed == .length(100, least: 101))
        for foreign in [[], [0x0B, 2], Array(repeating: 0, count: 1_500)] as [[UInt8]] {
            #expect(house.take(bytes: foreign) == [])
        }
        let counts = house.state.counts
        #expect(counts.otherDomain == 1 && counts.malformed == 3 && counts.foreign == 3 && counts.accepted == 1)
        #expect(house.state.last == last)
    }

    @Test("random bytes in each field never trap, and only metadata without a fault replaces the last")
    func random() throws {
        var random = SeededGenerator()
        var house = House()
        for _ in 0..<20_000 {
            var bytes = Sent().bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let before = house.state.counts
            _ = house.take(bytes: bytes, after: Int64.random(in: 0...50, using: &random))
            let message = try? SynchronizationMetadata.message(in: bytes.span)
            let utc = UTCInstant(nanoseconds: Self.utc * 1_000_000_000 + house.milliseconds * 1_000_000)
            let isGood =
                message.map { $0.domain == 127 && $0.metadata.faults(at: utc, leapSeconds: .builtIn).isEmpty } ?? false
            #expect((house.state.counts.accepted > before.accepted) == isGood, "seed \(random.seed)")
            if isGood { #expect(house.state.last?.message == message, "seed \(random.seed)") }
        }
    }

    @Test("the offset from UTC is the local offset and TAI − UTC, also beyond a jump")
    func offset() throws {
        var sent = Sent()
        (sent.jump, sent.nextJump) = (3_600, Self.ptp + 3_600)
        let metadata = try #require(try SynchronizationMetadata.message(in: sent.bytes.span)).metadata
        for (second, ahead) in [(Self.utc, -18_000), (Self.utc + 3_599, -18_000), (Self.utc + 3_600, -14_400)] {
            let utc = UTCInstant(nanoseconds: second * 1_000_000_000)
            #expect(metadata.secondsAheadOfUTC(at: utc, leapSeconds: .builtIn) == Int64(ahead))
        }
        // In 2016 TAI − UTC was 36 s: the same metadata would have been a second off.
        #expect(
            metadata.secondsAheadOfUTC(at: UTCInstant(nanoseconds: 1_470_000_000_000_000_000), leapSeconds: .builtIn)
                == -18_001)
    }
}
