import Testing

@testable import TickConfiguration

@Suite("Errors of a profile")
struct FileErrorTests {
    @Test("lines and columns count from 1, columns in characters and not in bytes")
    func positions() {
        let bytes = Array("a\n\u{E9}\u{1F600}x\r\n".utf8)
        #expect(SourcePosition(ofByte: 0, in: bytes) == SourcePosition(line: 1, column: 1))
        #expect(SourcePosition(ofByte: 2, in: bytes) == SourcePosition(line: 2, column: 1))
        #expect(SourcePosition(ofByte: 8, in: bytes) == SourcePosition(line: 2, column: 3))
        #expect(SourcePosition(ofByte: bytes.count, in: bytes) == SourcePosition(line: 3, column: 1))
        #expect(SourcePosition(ofByte: 0, in: []) == SourcePosition(line: 1, column: 1))
    }

    @Test("every fault has a line of its own, in the order of the file")
    func everyFault() throws {
        let text = """
            {
              "schema": "tickrun/profile/1",
              "nam": "x",
              "rate": 25,
              "ticks": 0,
              "realtime": { "cpu": -1 }
            }
            """
        let error = try #require(throws: FileError.self) { _ = try Profile(json: Array(text.utf8), file: "f.json") }
        #expect(
            error.description.split(separator: "\n").map { $0.prefix { $0 != ";" } } == [
                "f.json:1:1: name: the key is missing",
                "f.json:3:3: nam: unknown key",
                "f.json:4:11: rate: expected a string, found a number",
                "f.json:5:12: ticks: 0 is out of range",
                "f.json:6:24: realtime.cpu: -1 is out of range",
            ])
        #expect(error.unlistedCount == 0)
    }

    @Test("of very many faults twenty are listed and the rest is counted")
    func veryMany() throws {
        let keys = (0..<500).map { "\"wrong\($0)\": 0" }.joined(separator: ", ")
        let error = try refusal(["description": "\"d\", \(keys)"])
        #expect(error.problems.count == 20)
        #expect(error.unlistedCount == 480)
        #expect(error.description.hasSuffix("and 480 more"))
    }

    @Test("a file's name in an error cannot move the terminal's cursor")
    func fileName() throws {
        let error = try #require(throws: FileError.self) { _ = try Profile(json: [], file: "\u{1B}[2J.json") }
        #expect(error.description.hasPrefix("\\u{1b}[2J.json:1:1: "))
    }
}
