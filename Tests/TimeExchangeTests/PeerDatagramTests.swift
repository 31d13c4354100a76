import ClusterClock
import MessageDigest
import Testing
import TickTime
import TimeExchange

@Suite("A peer's datagram")
struct PeerDatagramTests {
    static let secret = (0..<32).map { UInt8($0) }
    static let key = HMACSHA256(key: secret.span)

    static func request() -> PeerDatagram {
        PeerDatagram(
            cluster: ClusterID(rawValue: 0x0102_0304_0506_0708), sender: NodeID(rawValue: 0x11),
            receiver: NodeID(rawValue: 0x22), keyID: 7,
            nonce: PeerNonce(high: 0xa0a1_a2a3_a4a5_a6a7, low: 0xa8a9_aaab_acad_aeaf))
    }

    static func reply() -> PeerDatagram {
        var reply = request()
        reply.answer = .init(
            bootID: 0xb0, view: 5, utc: UTCInstant(nanoseconds: 0x1122_3344_5566_7788), hold: Nanoseconds(0x99),
            statedError: Nanoseconds(0xaa), isSynchronized: true, isDisrupted: false)
        return reply
    }

    @Test("a request and its reply are 112 bytes each, byte for byte as the format defines")
    func bytes() {
        let request = Self.request().encoded(with: Self.key), reply = Self.reply().encoded(with: Self.key)
        #expect(request.count == 112 && reply.count == 112)
        let common = "010203040506070800000000000000110000000000000022a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
        let expectedRequest: String = ["544b5058", "01010700", common, String(repeating: "00", count: 48)].joined()
        let fields = [
            "00000000000000b0", "0000000000000005", "1122334455667788", "0000000000000099", "00000000000000aa",
        ]
        let expectedReply: String = (["544b5058", "01020703", common] + fields + ["0000000000000000"]).joined()
        #expect(hex(request[..<96]) == expectedRequest)
        #expect(hex(reply[..<96]) == expectedReply)
        // The codes from another implementation of HMAC-SHA-256.
        #expect(hex(request[96...]) == "8e13d0eb1e8e68f021f2d53dd81a1b5a")
        #expect(hex(reply[96...]) == "883b4053904b1da73cf692122d83c383")
    }

    @Test("a written datagram is read back")
    func roundTrip() throws {
        for datagram in [Self.request(), Self.reply()] {
            let bytes = datagram.encoded(with: Self.key)
            let read = try PeerDatagram(bytes.span)
            #expect(read == datagram)
        }
        var silent = Self.reply()
        silent.answer?.statedError = nil
        silent.answer?.isDisrupted = true
        let bytes = silent.encoded(with: Self.key)
        let read = try PeerDatagram(bytes.span)
        #expect(read == silent)
    }

    @Test("a datagram of any other length is refused", arguments: [0, 1, 95, 96, 111, 113, 1_500])
    func length(_ count: Int) {
        let bytes = [UInt8](repeating: 0x54, count: count)
        #expect(refusal(bytes) == .length)
    }

    @Test("there is one encoding: undefined values are refused")
    func form() {
        let request = Self.request().encoded(with: Self.key), reply = Self.reply().encoded(with: Self.key)
        let changes: [(bytes: [UInt8], place: Int, value: UInt8)] = [
            (request, 0, 0x55), (request, 4, 2), (request, 5, 0), (request, 5, 3), (request, 7, 1), (request, 48, 1),
            (request, 95, 1), (reply, 7, 8), (reply, 7, 2), (reply, 95, 1), (reply, 80, 0x80),
        ]
        for change in changes {
            var bytes = change.bytes
            bytes[change.place] = change.value
            #expect(refusal(bytes) == .form, "byte \(change.place)")
        }
    }

    private func refusal(_ bytes: [UInt8]) -> PeerRefusal? {
        do throws(PeerRefusal) { _ = try PeerDatagram(bytes.span) } catch { return error }
        return nil
    }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
