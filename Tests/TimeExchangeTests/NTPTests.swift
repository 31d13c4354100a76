import ClusterClock
import TestSupport
import Testing
import TickTime
import TimeExchange

@Suite("NTP")
struct NTPTests {
    private static let utc = UTCInstant(nanoseconds: 1_795_000_000_000_000_000)
    private static let sent = BootInstant(nanoseconds: 40_000_000_000)

    /// The reply of a server that is `ahead` of us, over paths of these lengths.
    private static func reply(
        ahead: Int64 = 0, out: Int64 = 1_000_000, back: Int64 = 1_000_000, hold: Int64 = 50_000, nonce: UInt64 = 0xfeed,
        _ change: (inout NTPPacket) -> Void = { _ in }
    ) throws(NTPRefusal) -> NTPMeasurement {
        var packet = NTPPacket(request: 0)
        (packet.mode, packet.stratum, packet.precision) = (4, 2, -23)
        (packet.rootDelay, packet.rootDispersion) = (0x0000_0290, 0x0000_0148)
        packet.origin = NTPTimestamp(rawValue: nonce)
        packet.referenceID = 0xCB00_7107
        packet.reference = NTPTimestamp(utc + Nanoseconds(ahead) - .seconds(30))
        packet.receive = NTPTimestamp(utc + Nanoseconds(out + ahead))
        packet.transmit = NTPTimestamp(utc + Nanoseconds(out + ahead + hold))
        change(&packet)
        return try NTPMeasurement(
            packet, nonce: 0xfeed, sent: sent, utc: utc, received: sent + Nanoseconds(out + hold + back), own: own)
    }

    /// 192.0.2.44 is this host's address.
    private static let own = OwnReferences([0xC000_022C])

    @Test("with any path delays, the bound contains the server's true offset; equal delays give it to the nanosecond")
    func offset() throws {
        for ahead in [0, 1, -1, 123_456_789, -7_200_000_000_000, 900_000_000_000_000] as [Int64] {
            let even = try Self.reply(ahead: ahead)
            #expect(abs(even.offset.count - ahead) <= 1)
            #expect((1_999_998...2_000_002).contains(even.delay.count))
            for (out, back) in [(0, 9_000_000), (9_000_000, 0), (100, 40)] as [(Int64, Int64)] {
                let uneven = try Self.reply(ahead: ahead, out: out, back: back)
                #expect(abs(uneven.offset.count - ahead) <= uneven.bound.count)
                #expect(uneven.statement.error.map { $0 >= uneven.offset.magnitude } == true)
            }
        }
    }

    @Test("the bound is half the delay, half the root delay, the root dispersion, and the reading's uncertainty")
    func bound() throws {
        let measured = try Self.reply()
        // 0x290 / 2 and 0x148 in 2^-16 s: 5.005 ms each.
        let root = Int64(0x290) * 1_000_000_000 / 65_536 / 2 + Int64(0x148) * 1_000_000_000 / 65_536
        let rest = measured.bound.count - 1_000_000 - root
        #expect((0...200).contains(rest))
    }

    @Test(
        "a reply that says nothing is refused for its reason",
        arguments: [
            ("mode", NTPRefusal.mode(5)), ("version", .version(2)), ("origin", .origin), ("kiss", .kiss("RATE")),
            ("leap", .unsynchronized), ("stratum", .stratum(16)),
            ("receive", .zeroTime("receive")), ("transmit", .zeroTime("transmit")),
            ("order", .receivedAfterSent), ("late", .referenceAfterSent),
        ])
    func refused(_ lie: String, _ reason: NTPRefusal) {
        let error = #expect(throws: NTPRefusal.self) {
            try Self.reply { packet in
                switch lie {
                case "mode": packet.mode = 5
                case "version": packet.version = 2
                case "origin": packet.origin = NTPTimestamp(rawValue: 0xfeee)
                case "kiss": (packet.stratum, packet.referenceID) = (0, 0x5241_5445)
                case "leap": packet.leapIndicator = 3
                case "stratum": packet.stratum = 16
                case "receive": packet.receive = NTPTimestamp(rawValue: 0)
                case "transmit": packet.transmit = NTPTimestamp(rawValue: 0)
                case "order": swap(&packet.receive, &packet.transmit)
                default: packet.reference = NTPTimestamp(Self.utc + .seconds(5))
                }
            }
        }
        #expect(error == reason)
    }

    @Test("a server that keeps no record of when it was set sends a zero reference time, and is usable")
    func zeroReference() throws {
        let measured = try Self.reply { $0.reference = NTPTimestamp(rawValue: 0) }
        #expect(measured.statement.interval != nil)
        #expect(measured.bound == (try Self.reply { $0.reference = $0.transmit }).bound)
    }

    @Test("an old reference time needs a dispersion of 15 ppm of its age; one day gives more than 1 s")
    func oldReference() throws {
        let fresh = try Self.reply { ($0.reference, $0.rootDispersion) = ($0.transmit, 0) }
        let hour = try Self.reply {
            ($0.reference, $0.rootDispersion) = (NTPTimestamp(Self.utc - .seconds(3_600)), 0)
        }
        // 15 ppm of an hour are 54 ms.
        let more = hour.bound.count - fresh.bound.count
        #expect(abs(more - 54_000_000) < 1_000, "\(more)")
        // A server that states more keeps its value.
        let wide = try Self.reply {
            ($0.reference, $0.rootDispersion) = (NTPTimestamp(Self.utc - .seconds(3_600)), 0x2000)
        }
        #expect(wide.bound == (try Self.reply { ($0.reference, $0.rootDispersion) = ($0.transmit, 0x2000) }).bound)
        let day = try Self.reply {
            ($0.reference, $0.rootDispersion) = (NTPTimestamp(Self.utc - .seconds(86_400)), 66)
        }
        #expect(day.statement.error.map { $0 > .seconds(1) } == true)
    }

    @Test("a reply of a server that follows no UTC, or this host, is measured but is no evidence")
    func provenance() throws {
        for (id, stratum, name) in [
            (0x7F7F_0101, 10, "unreferenced"), (0x4C4F_434C, 5, "unreferenced"), (0x7F00_0001, 3, "unreferenced"),
            (0xC000_022C, 3, "circular"), (0x4D41_4E55, 2, "unstated"), (0xCB00_7107, 2, "referenced"),
        ] as [(UInt32, UInt8, String)] {
            let measured = try Self.reply { ($0.referenceID, $0.stratum) = (id, stratum) }
            #expect(measured.statement.provenance.name == name)
            #expect((measured.statement.interval != nil) == (name == "referenced"))
            #expect((StatedError(measured.statement, read: measured.received) != nil) == (name == "referenced"))
        }
    }

    @Test("a hold longer than the round trip and a root distance above the limit are refused")
    func limits() {
        let held = #expect(throws: NTPRefusal.self) {
            try Self.reply { $0.transmit = NTPTimestamp(Self.utc + .seconds(1)) }
        }
        guard case .held = held else {
            Issue.record("\(String(describing: held))")
            return
        }
        let far = #expect(throws: NTPRefusal.self) { try Self.reply { $0.rootDispersion = 0x0001_8000 } }
        guard case .rootDistance = far else {
            Issue.record("\(String(describing: far))")
            return
        }
    }

    @Test("a server whose times are outside 1970-01-01 to 2200-01-01 is refused, and the time is named")
    func beyond() throws {
        // Seconds count modulo 2^32, and mean the instant nearest to ours. Here ours is near an end of the range.
        for (own, away) in [("1970-06-01T00:00:00Z", -31_536_000), ("2199-06-01T00:00:00Z", 31_536_000)] {
            let utc = try UTCInstant(parsing: own)
            for place in ["reference", "receive", "transmit"] {
                var packet = NTPPacket(request: 0)
                (packet.mode, packet.stratum, packet.precision) = (4, 2, -23)
                packet.origin = NTPTimestamp(rawValue: 1)
                (packet.reference, packet.receive) = (NTPTimestamp(utc), NTPTimestamp(utc))
                packet.transmit = NTPTimestamp(utc)
                let far = NTPTimestamp(utc + .seconds(Int64(away)))
                switch place {
                case "reference": packet.reference = far
                case "receive": packet.receive = far
                default: packet.transmit = far
                }
                let error = #expect(throws: NTPRefusal.self) {
                    try NTPMeasurement(
                        packet, nonce: 1, sent: Self.sent, utc: utc, received: Self.sent + .milliseconds(1),
                        own: Self.own)
                }
                #expect(error == .timeBeyond(place) && error?.description.contains(place) == true)
            }
        }
    }

    @Test("any 48 bytes are measured or refused, and never trap", arguments: 1...20)
    func anything(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            var bytes = (0..<48).map { _ in UInt8.random(in: 0 ... .max, using: &random) }
            (bytes[0], bytes[1]) = (0x24, 1)
            bytes.replaceSubrange(24..<32, with: [0, 0, 0, 0, 0, 0, 0xfe, 0xed])
            let packet = try NTPPacket(bytes.span)
            _ = try? NTPMeasurement(
                packet, nonce: 0xfeed, sent: Self.sent, utc: Self.utc, received: Self.sent + .milliseconds(5),
                own: Self.own)
        }
    }

    @Test("a packet is read as it was written; bytes after it are ignored, and a shorter one is refused")
    func packets() throws {
        var packet = NTPPacket(request: 0x1122_3344_5566_7788)
        #expect(
            packet.encoded == [0x23] + [UInt8](repeating: 0, count: 39) + [
                0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
            ])
        (packet.leapIndicator, packet.poll, packet.precision, packet.referenceID) = (2, 6, -20, 0x4750_5300)
        let bytes = packet.encoded + [1, 2, 3]
        let read = try NTPPacket(bytes.span)
        #expect(read == packet)
        #expect(throws: NTPRefusal.self) {
            let short = Array(bytes.prefix(47))
            _ = try NTPPacket(short.span)
        }
    }

    @Test("an instant is the one nearest to ours, also around 2036-02-07 06:28:16, when the seconds start at 0 again")
    func era() {
        let turn: Int64 = 2_085_978_496
        for seconds in [0, 1_795_000_000, turn - 1, turn, turn + 1, turn + 1_000_000_000] as [Int64] {
            for nanoseconds in [0, 1, 999_999_999] as [Int64] {
                let utc = UTCInstant(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
                for distance in [0, -60, 60, 2_000_000_000, -2_000_000_000] as [Int64] {
                    let near = utc + .seconds(distance)
                    let read = NTPTimestamp(utc).utc(near: near)
                    // Rounded down to 2^-32 s, and that down to a nanosecond.
                    #expect((0...1).contains((utc - read).count), "\(seconds) s near \(distance) s")
                }
            }
        }
        #expect(NTPTimestamp(UTCInstant(nanoseconds: 0)).rawValue >> 32 == 2_208_988_800)
    }
}
