import Foundation
import TestSupport
import Testing
import TickReports

@Suite("JSON text")
struct JSONTextTests {
    private func written(_ body: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        body(&json)
        return json.text
    }

    @Test("members keep the order in which they were written")
    func order() {
        let text = written { json in
            json.object {
                $0.member("tick", 1)
                $0.member("offset_ns", Int64(16_683_333))
                $0.member("late", false)
                $0.member("cause", String?.none)
            }
        }
        #expect(text == #"{"tick":1,"offset_ns":16683333,"late":false,"cause":null}"#)
    }

    @Test("nested and empty containers are separated by commas where they must be, and nowhere else")
    func nesting() {
        let text = written { json in
            json.object {
                $0.array("empty") { _ in }
                $0.object("none") { _ in }
                $0.array("mixed") {
                    $0.element(1)
                    $0.array { $0.element("a") }
                    $0.object { $0.member("b", true) }
                    $0.element(Int?.none)
                }
                $0.member("last", 2)
            }
        }
        #expect(text == #"{"empty":[],"none":{},"mixed":[1,["a"],{"b":true},null],"last":2}"#)
    }

    @Test("integers keep every digit to the ends of 64 bits")
    func integers() {
        let text = written { json in
            json.array {
                $0.element(Int64.min)
                $0.element(Int64.max)
                $0.element(UInt64.max)
                $0.element(Int8(-7))
                $0.element(0)
            }
        }
        #expect(text == "[-9223372036854775808,9223372036854775807,18446744073709551615,-7,0]")
    }

    @Test("what RFC 8259 reserves is escaped, all else is passed as it is")
    func escapes() {
        let text = written { $0.element("a\"b\\c\u{8}\t\n\u{C}\r\u{0}\u{1F}\u{7F}/é\u{2028}🎬") }
        #expect(text == #""a\"b\\c\b\t\n\f\r\u0000\u001f"# + "\u{7F}/é\u{2028}🎬\"")
    }

    @Test("any string survives a foreign decoder")
    func roundTrip() throws {
        var generator = SeededGenerator()
        for _ in 0..<500 {
            let scalars = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &generator))
            }
            let original = String(String.UnicodeScalarView(scalars))
            let text = written { $0.array { $0.element(original) } }
            let decoded = try JSONDecoder().decode([String].self, from: Data(text.utf8))
            #expect(
                decoded.map { Array($0.unicodeScalars) } == [Array(original.unicodeScalars)],
                "seed \(generator.seed)"
            )
        }
    }

    @Test("a double has the digits that C's printf gives it")
    func fixedDecimals() {
        var generator = SeededGenerator()
        let ties: [Double] = [0.5, 1.5, 2.5, 0.125, 0.375, 1.005, 1.115, 0.285, 999.9995, 0x1p-1074, 0x1p-80]
        let random = (0..<2_000).map { _ in
            Double.random(in: -1...1, using: &generator) * pow(10, Double.random(in: -9...15, using: &generator))
        }
        for value in ties + random {
            for decimals in [0, 1, 2, 3, 6, 9] {
                let expected = String(format: "%.\(decimals)f", value)
                // printf keeps the sign of a value that rounds to zero; a report does not want "-0.0".
                let unsignedZero = Double(expected) == 0 ? expected.replacing("-", with: "") : expected
                #expect(
                    written { $0.element(value, decimals: decimals) } == unsignedZero,
                    "seed \(generator.seed), \(value) with \(decimals) decimals"
                )
            }
        }
    }

    @Test("a double beyond 2^53 is still a JSON number with its exact value", arguments: [0x1p53, -0x1p60, 1e300])
    func largeDoubles(value: Double) throws {
        let text = written { $0.array { $0.element(value, decimals: 3) } }
        #expect(try JSONDecoder().decode([Double].self, from: Data(text.utf8)) == [value])
    }

    @Test("an infinity, a NaN and no value are null")
    func noNumber() {
        let text = written { json in
            json.array {
                $0.element(Double.infinity, decimals: 1)
                $0.element(Double.nan, decimals: 1)
                $0.element(Double?.none, decimals: 1)
            }
        }
        #expect(text == "[null,null,null]")
    }

    @Test("a text that was emptied is written anew from its beginning")
    func reuse() {
        var json = JSONText()
        json.object { $0.member("tick", 1) }
        json.removeAll()
        json.object { $0.member("tick", 2) }
        #expect(json.text == #"{"tick":2}"#)
    }

    @Test("a body that throws leaves its containers closed")
    func throwing() {
        struct Stop: Error {}
        var json = JSONText()
        #expect(throws: Stop.self) {
            try json.object {
                $0.member("tick", 1)
                throw Stop()
            }
        }
        #expect(json.text == #"{"tick":1}"#)
    }
}
