import ClockView
import MessageDigest
import TestSupport
import Testing

private struct EventCase: Decodable {
    let kind: String
    let parentsHex: [String]
    let payloadHex: String
    let observationTypeHex: String?
    let encodedHex: String
    let idHex: String

    private enum CodingKeys: String, CodingKey {
        case kind
        case parentsHex = "parents_hex"
        case payloadHex = "payload_hex"
        case observationTypeHex = "observation_type_hex"
        case encodedHex = "encoded_hex"
        case idHex = "id_hex"
    }
}

private struct SampleCase: Decodable {
    let source: String
    let valueNs: UInt64
    let uncertaintyNs: UInt64
    let payloadHex: String

    private enum CodingKeys: String, CodingKey {
        case source
        case valueNs = "value_ns"
        case uncertaintyNs = "uncertainty_ns"
        case payloadHex = "payload_hex"
    }
}

@Suite("Events")
struct EventEnvelopeTests {
    private static func event(_ vector: EventCase) throws -> EventEnvelope {
        EventEnvelope(
            kind: vector.kind,
            parents: try vector.parentsHex.map { EventID(try #require(SHA256Digest(hex: $0))) },
            payload: bytes(hex: vector.payloadHex),
            observationType: try vector.observationTypeHex.map {
                ObservationType(try #require(SHA256Digest(hex: $0)))
            })
    }

    @Test("another implementation's events have the same bytes and the same ids, both ways")
    func vectors() throws {
        let cases = try Vectors.cases("events", as: EventCase.self)
        #expect(!cases.isEmpty)
        for vector in cases {
            let event = try Self.event(vector)
            #expect(event.encoded == bytes(hex: vector.encodedHex))
            #expect(event.id.digest.hex == vector.idHex)
            #expect(try EventEnvelope(decoding: bytes(hex: vector.encodedHex)) == event)
        }
    }

    @Test("another implementation's samples have the same bytes, both ways")
    func samples() throws {
        let cases = try Vectors.cases("clock_sample_cbor", as: SampleCase.self)
        #expect(!cases.isEmpty)
        for vector in cases {
            let source = try #require(ClockView.Source(rawValue: vector.source))
            let sample = ClockView.Sample(source, vector.valueNs, uncertainty: vector.uncertaintyNs)
            #expect(sample.encoded == bytes(hex: vector.payloadHex))
            #expect(try ClockView.Sample(decoding: bytes(hex: vector.payloadHex)) == sample)
        }
    }

    @Test("parents are kept once each, in the order of their bytes, however they are given")
    func parents() throws {
        let ids = (0..<6).map { EventID(SHA256.digest(of: "\($0)")) }
        let event = EventEnvelope(parents: ids + ids.reversed(), payload: [])
        #expect(event.parents == ids.sorted())
        #expect(event == EventEnvelope(parents: ids.shuffled(), payload: []))
        #expect(try EventEnvelope(decoding: event.encoded) == event)
    }

    /// {"kind", "parents", "payload", "observation_type"}, each replaced in turn.
    private static func encoded(
        kind: String = "646b696e646141", parents: String = "67706172656e747380", payload: String = "677061796c6f616440",
        type: String = "706f62736572766174696f6e5f74797065f6", head: String = "a4", more: String = ""
    ) -> [UInt8] { bytes(hex: head + kind + parents + payload + type + more) }

    @Test("the smallest event is read")
    func least() throws {
        let event = try EventEnvelope(decoding: Self.encoded())
        #expect(event == EventEnvelope(kind: "A", payload: []))
    }

    @Test(
        "an event in any other form is refused, with its place",
        arguments: [
            (encoded(more: "00"), CBORError.Reason.trailingBytes, 44),
            (encoded(head: "a3"), .missingKey("observation_type"), 26),
            (
                encoded(head: "a5", more: "7161616161616161616161616161616161616100"), .unknownKey("aaaaaaaaaaaaaaaaa"),
                45
            ),
            (encoded(kind: "646b696e644141"), .expected("a text"), 6),
            (encoded(parents: "67706172656e74738100"), .expected("a byte string"), 17),
            (encoded(parents: "67706172656e7473814100"), .expected("a string of 32 bytes"), 17),
            (encoded(payload: "677061796c6f616460"), .expected("a byte string"), 25),
            (encoded(type: "706f62736572766174696f6e5f7479706540"), .expected("a string of 32 bytes"), 43),
            (encoded(parents: "67706172656e74739f ff".filter { $0 != " " }), .indefiniteLength, 16),
            (encoded(payload: "677061796c6f61645800"), .headLongerThanNeeded, 25),
        ])
    func refused(_ encoded: [UInt8], _ reason: CBORError.Reason, _ offset: Int) {
        let error = #expect(throws: CBORError.self) { try EventEnvelope(decoding: encoded) }
        #expect(error == CBORError(reason, at: offset))
    }

    @Test("parents that are not in order, or repeated, are refused")
    func parentOrder() throws {
        let (low, high) = (String(repeating: "01", count: 32), String(repeating: "02", count: 32))
        for (first, second, reason) in [(high, low, CBORError.Reason.parentsNotSorted), (low, low, .repeatedParent)] {
            let encoded = Self.encoded(parents: "67706172656e74738258 20\(first)5820\(second)".filter { $0 != " " })
            let error = #expect(throws: CBORError.self) { try EventEnvelope(decoding: encoded) }
            #expect(error == CBORError(reason, at: 51))
        }
    }

    @Test("an event cut anywhere is refused as truncated, at its end")
    func cut() throws {
        let sample = ClockView.Sample(.ntp, 1_735_387_200_000_000_000, uncertainty: 50_000_000)
        let encoded = EventEnvelope(sample, parents: [EventID(SHA256.digest(of: "x"))]).encoded
        for count in 0..<encoded.count {
            let error = #expect(throws: CBORError.self) { try EventEnvelope(decoding: Array(encoded[..<count])) }
            #expect(error == CBORError(.truncated, at: count))
        }
    }

    @Test("an event with a changed byte is refused, or is another event")
    func changed() throws {
        let sample = ClockView.Sample(.ntp, 1_735_387_200_000_000_000, uncertainty: 50_000_000)
        let event = EventEnvelope(sample, parents: [EventID(SHA256.digest(of: "x"))])
        for index in event.encoded.indices {
            for bit in 0..<8 {
                var encoded = event.encoded
                encoded[index] ^= 1 << UInt8(bit)
                guard let read = try? EventEnvelope(decoding: encoded) else { continue }
                #expect(read.id != event.id)
                #expect(read.encoded == encoded)
            }
        }
    }
}
