import TestSupport
import Testing

@testable import EtcdClient

@Suite("Answers of HTTP/1.1")
struct AnswerParserTests {
    /// Feeds an answer in pieces of random lengths.
    private static func parsed(_ text: String, seed: UInt64, closes: Bool = false) throws -> AnswerParser {
        var parser = AnswerParser(limit: 1 << 20), random = SeededGenerator(seed: seed)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...12, using: &random))
            try parser.receive(piece)
            rest = rest.dropFirst(piece.count)
        }
        if closes { _ = parser.close() }
        return parser
    }

    @Test(
        "a body by length, in chunks with trailers, to the end of the connection, or after an interim answer",
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, true),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n",
                false, true
            ),
            ("HTTP/1.1 200\r\n\r\nhello", true, false),
            ("HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 200 OK\nContent-Length: 5\n\nhello", false, true),
            ("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, false),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", false, false),
        ])
    func bodies(text: String, closes: Bool, keeps: Bool) throws {
        for seed in 0..<50 as Range<UInt64> {
            let parser = try Self.parsed(text, seed: seed, closes: closes)
            #expect(parser.status == 200 && parser.isWhole && parser.body == Array("hello".utf8), "seed \(seed)")
            #expect(parser.keepsConnection == keeps)
        }
    }

    @Test(
        "what is no answer of HTTP/1.1, or says what cannot be, is refused",
        arguments: [
            "SSH-2.0-OpenSSH\r\n", "HTTP/2 200\r\n", "HTTP/1.1 2000 OK\r\n", "HTTP/1.1 -20 OK\r\n", "HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nA: \(String(repeating: "x", count: 70_000))",
        ])
    func refused(text: String) {
        #expect(throws: AnswerParser.Fault.self) { try Self.parsed(text, seed: 1) }
    }

    @Test("random bytes, and answers with changed bytes, never trap")
    func random() {
        let whole = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n".utf8)
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SeededGenerator(seed: seed), bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var parser = AnswerParser(limit: 1_000)
            try? parser.receive(bytes)
            _ = parser.close()
            #expect(parser.body.count <= 1_000 + bytes.count, "seed \(seed)")
        }
    }
}
