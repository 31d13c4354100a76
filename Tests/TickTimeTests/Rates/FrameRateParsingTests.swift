import Testing
import TickTime

@Suite("Reading frame rates")
struct FrameRateParsingTests {
    @Test(
        "whole numbers, fractions and the five decimal names are read exactly",
        arguments: [
            ("25", 25, 1), ("60000/1001", 60_000, 1_001), ("50/2", 25, 1), ("375/8", 375, 8), ("1000000", 1_000_000, 1),
            ("4294967295/4294967295", 1, 1), ("1/4294967295", 1, 4_294_967_295), ("1000000/1", 1_000_000, 1),
            ("23.976", 24_000, 1_001), ("29.97", 30_000, 1_001), ("47.952", 48_000, 1_001),
            ("59.94", 60_000, 1_001), ("119.88", 120_000, 1_001),
            ("2997/100", 2_997, 100),
        ] as [(String, UInt32, UInt32)])
    func accepted(text: String, numerator: UInt32, denominator: UInt32) throws {
        let rate = try FrameRate(parsing: text)
        #expect((rate.numerator, rate.denominator) == (numerator, denominator))
    }

    @Test("2997/100 is exactly what it says, and not NTSC")
    func notNTSC() throws {
        #expect(try FrameRate(parsing: "2997/100") != .fps2997)
        #expect(try FrameRate(parsing: "2997/100").name == nil)
    }

    @Test(
        "what is no spelling of a rate is refused",
        arguments: [
            "", " ", "+25", "-25", " 25", "25 ", "25\n", "25fields", "25/", "/25", "25//1", "25/1/1", "25.", ".5",
            "29,97",
            "29.97/1", "1e3", "0x19", "２５", "30000/1001.0", "29.9.7", "NaN", "30000/-1001", "30 000/1001", "25\u{301}",
        ])
    func malformed(text: String) {
        #expect(throws: FrameRateError.malformed(spelling: text)) { try FrameRate(parsing: text) }
    }

    @Test("a part of 0 is refused", arguments: ["0", "0/1", "24/0", "0/0", "0.0", "00.000"])
    func zero(text: String) {
        #expect(throws: FrameRateError.zeroPart(spelling: text)) { try FrameRate(parsing: text) }
    }

    @Test(
        "a part above 32 bits is refused, even where the reduced fraction would fit",
        arguments: [
            "4294967296", "8589934592/4294967296", "1/4294967296", "99999999999999999999999999/1", "4294967296.5",
        ])
    func tooLarge(text: String) {
        #expect(throws: FrameRateError.partTooLarge(spelling: text)) { try FrameRate(parsing: text) }
    }

    @Test(
        "above a million frames per second is refused", arguments: ["1000001", "2000001/2", "4294967295", "1000000.5"])
    func tooFast(text: String) {
        #expect(throws: FrameRateError.tooFast(spelling: text)) { try FrameRate(parsing: text) }
    }

    @Test(
        "any other decimal is refused, with what it says and the nearest rates offered",
        arguments: [
            ("29.98", "1499/50", ["29.97 (30000/1001)", "30"]),
            ("59.950", "1199/20", ["59.94 (60000/1001)", "60"]),
            ("47.96", "1199/25", ["47.952 (48000/1001)", "48"]),
            ("23.97", "2397/100", ["23.976 (24000/1001)", "24"]),
            ("25.0", "25", ["25"]),
            ("1000.00", "1000", ["1000"]),
            ("0.5", "1/2", ["23.976 (24000/1001)", "24"]),
            ("023.976", "2997/125", ["23.976 (24000/1001)", "24"]),
            ("999999.999999999", nil, ["1000", "120"]),
            ("29.97002997002997002997", nil, ["29.97 (30000/1001)", "30"]),
        ] as [(String, String?, [String])])
    func unlisted(text: String, exact: String?, nearest: [String]) throws {
        let error = try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }
        guard case .unlistedDecimal(text, let foundExact, let foundNearest) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(foundExact?.description == exact)
        #expect(foundNearest.map(\.nameWithRational) == nearest)
        for remedy in nearest + [exact].compactMap(\.self) { #expect(error.description.contains(remedy)) }
    }

    @Test("a refusal names the input and the remedy")
    func descriptions() throws {
        func refusal(_ text: String) throws -> String {
            try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }.description
        }
        #expect(
            try refusal("29.98")
                == "\"29.98\" is not the name of a frame rate; write 1499/50 for exactly that, "
                + "or the nearest: 29.97 (30000/1001), 30")
        #expect(try refusal("25.0") == "\"25.0\" is not the name of a frame rate; write 25")
        #expect(try refusal("fast").contains("23.976, 29.97, 47.952, 59.94, 119.88"))
        #expect(try refusal("24/0").contains("\"24/0\""))
        #expect(try refusal("4294967296").contains("4294967295"))
        #expect(try refusal("1000001").contains("1000000 frames per second"))
        #expect(try refusal(String(repeating: "x", count: 100_000)).count < 250)
    }

    @Test("the listed rates ascend, and each is read back from its name and from its rational")
    func listed() throws {
        let decimal = [
            "23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60", "100", "119.88", "120", "1000",
        ]
        #expect(FrameRate.listed.map { $0.name ?? $0.description } == decimal)
        for rate in FrameRate.listed {
            #expect(try FrameRate(parsing: rate.name ?? rate.description) == rate)
            #expect(try FrameRate(parsing: rate.rational) == rate)
            #expect(rate.nameWithRational.contains(rate.description))
        }
        for (rate, next) in zip(FrameRate.listed, FrameRate.listed.dropFirst()) {
            #expect(
                UInt64(rate.numerator) * UInt64(next.denominator) < UInt64(next.numerator) * UInt64(rate.denominator))
        }
    }
}
