import Foundation
import TestSupport
import Testing

@testable import TickConfiguration

@Suite("Strict JSON")
struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONNode { try JSONParser.parse(Array(text.utf8)) }

    @Test("members keep their order, their places and their repetitions")
    func members() throws {
        guard case .object(let members) = try parse(#"{ "b": 1, "a": [], "b": 1e3 }"#).value else {
            Issue.record("not an object")
            return
        }
        #expect(members.map(\.key) == ["b", "a", "b"])
        #expect(members.map(\.keyOffset) == [2, 10, 19])
        #expect(members.map(\.node.offset) == [7, 15, 24])
        guard case .number("1e3") = members[2].node.value else {
            Issue.record("the number lost its spelling")
            return
        }
    }

    @Test(
        "escapes are read as RFC 8259 has them",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "A\u{E9}\u{E9}"),
            (#""\ud83d\ude00\uD834\uDD1E""#, "\u{1F600}\u{1D11E}"), (#""\u0000""#, "\0"),
            ("\"\u{E9}\u{1F600}\"", "\u{E9}\u{1F600}"),
        ])
    func escapes(json: String, text: String) throws {
        guard case .string(let string) = try parse(json).value else {
            Issue.record("not a string")
            return
        }
        #expect(string.unicodeScalars.elementsEqual(text.unicodeScalars))
    }

    @Test(
        "a text that RFC 8259 does not have is refused at its first wrong byte",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("[1 2]", 3), ("01", 1), ("-", 1),
            ("1.", 2), ("1e", 2), ("1e+", 3), (".5", 0), ("+1", 0), ("NaN", 0), ("-Infinity", 1), ("tru", 0),
            ("True", 0),
            ("\"a", 0), ("\"\t\"", 1), (#""\x""#, 2), (#""\u12g4""#, 5), (#""\ud800""#, 1), (#""\ud800\u0041""#, 1),
            (#""\udc00\ud800""#, 1), ("null null", 5), ("{1: 2}", 1), ("\u{B}1", 0), ("[1]]", 3), ("\u{A0}1", 0),
        ])
    func refused(text: String, offset: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
        #expect(error?.offset == offset)
        #expect(error?.remedy.isEmpty == false)
    }

    @Test("nesting and the number of values are bounded")
    func bounds() throws {
        let depth = JSONParser.depthLimit
        _ = try parse(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        #expect(throws: JSONSyntaxError.self) {
            try parse(String(repeating: "[", count: depth + 1) + String(repeating: "]", count: depth + 1))
        }
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
        let tooMany = "[" + String(repeating: "0,", count: JSONParser.valueLimit - 1) + "0]"
        let error = #expect(throws: JSONSyntaxError.self) { try parse(tooMany) }
        #expect(error?.fault.contains("1000000 values") == true)
    }

    @Test("if a damaged profile is accepted, Foundation reads the same; nothing traps")
    func againstFoundation() throws {
        var generator = SeededGenerator()
        let originals = try ProfileFixtures.names(in: ProfileFixtures.shipped).map {
            Array(try Data(contentsOf: ProfileFixtures.shipped.appending(path: "\($0).json")))
        }
        let material = Array(#"{}[]",:\/0123456789.eE+-truefalsn udc8"#.utf8) + [0xC3, 0xA9, 0x80, 0xFF, 0x1B]
        var accepted = 0
        for _ in 0..<1_500 {
            var bytes = originals.randomElement(using: &generator)!
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = material.randomElement(using: &generator)!
                case 1: bytes.insert(material.randomElement(using: &generator)!, at: place)
                default: bytes.remove(at: place)
                }
            }
            _ = try? Profile(json: bytes, file: "damaged")
            guard let node = try? JSONParser.parse(bytes) else { continue }
            accepted += 1
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(
                theirs.map { agree(node, $0) } == true,
                "seed \(generator.seed): \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 100)
    }

    private func agree(_ ours: JSONNode, _ theirs: Any) -> Bool {
        switch ours.value {
        case .null: theirs is NSNull
        case .bool(let flag): theirs as? Bool == flag
        case .number(let spelling): (theirs as? NSNumber)?.doubleValue == Double(spelling)
        case .string(let text): theirs as? String == text
        case .array(let elements):
            (theirs as? [Any]).map { $0.count == elements.count && zip(elements, $0).allSatisfy(agree) } ?? false
        case .object(let members):
            // Foundation drops repeated keys; there is nothing to compare them with.
            Set(members.map(\.key)).count < members.count
                || (theirs as? [String: Any]).map { object in
                    object.count == members.count
                        && members.allSatisfy { member in object[member.key].map { agree(member.node, $0) } ?? false }
                } ?? false
        }
    }
}
