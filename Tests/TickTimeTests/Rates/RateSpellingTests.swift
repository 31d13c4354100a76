import Testing
import TickTime

@Suite("Spellings of frame rates")
struct RateSpellingTests {
    @Test(
        "zeros at the end of a name change nothing, and two rates have a second name",
        arguments: [
            ("59.940", 60_000), ("59.94000", 60_000), ("29.970", 30_000), ("23.9760", 24_000), ("47.9520", 48_000),
            ("119.880", 120_000), ("23.98", 24_000), ("23.980", 24_000), ("47.95", 48_000), ("47.950", 48_000),
        ] as [(String, UInt32)])
    func names(_ text: String, numerator: UInt32) throws {
        #expect(try FrameRate(parsing: text) == FrameRate(numerator, over: 1_001))
    }

    @Test("a rate is printed by its first name, however it was spelled")
    func printed() throws {
        #expect(try FrameRate(parsing: "23.98").nameWithRational == "23.976 (24000/1001)")
        #expect(try FrameRate(parsing: "47.95").name == "47.952")
    }

    @Test(
        "zeros do not make a name of a number: 25.0 and 60.00 are refused, and 25 and 60 offered",
        arguments: ["25", "60"])
    func zeros(_ whole: String) throws {
        for text in ["\(whole).0", "\(whole).000"] {
            let error = try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }
            #expect(error.description.hasSuffix("write \(whole)"))
        }
    }

    @Test(
        "p and fps say that frames are counted, df and ndf which labels they bear, in capitals or not",
        arguments: [
            ("50p", "50", nil), ("59.94p", "60000/1001", nil), ("23.98p", "24000/1001", nil), ("30fps", "30", nil),
            ("25FPS", "25", nil), ("60000/1001fps", "60000/1001", nil), ("29.97df", "30000/1001", true),
            ("59.940df", "60000/1001", true), ("119.88DF", "120000/1001", true), ("29.97ndf", "30000/1001", false),
            ("25ndf", "25", false), ("23.976NDF", "24000/1001", false), ("59.94", "60000/1001", nil),
        ] as [(String, String, Bool?)])
    func suffixes(_ text: String, rate: String, isDropFrame: Bool?) throws {
        let spelling = try RateSpelling(parsing: text)
        #expect(spelling.rate.description == rate && spelling.isDropFrame == isDropFrame)
        #expect(try FrameRate(parsing: text) == spelling.rate)
    }

    @Test(
        "df at a rate without drop-frame is refused, with what to write instead",
        arguments: [
            ("25df", ["25 or 25ndf"]), ("23.976df", ["23.976 or 23.976ndf"]), ("30df", ["30 or 30ndf", "29.97df"]),
            ("60DF", ["59.94df"]), ("120df", ["119.88df"]), ("50/1df", ["50 or 50ndf"]),
        ])
    func noDropFrame(_ text: String, remedies: [String]) throws {
        let error = try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }
        guard case .noDropFrame(text, _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.contains("only at 29.97, 59.94 and 119.88"))
        for remedy in remedies { #expect(error.description.contains(remedy), "\(error)") }
    }

    @Test(
        "a spelling that is nearly one is refused with what it most likely stands for",
        arguments: [
            ("29,97", "29.97"), ("59,940", "59.940"), ("25 fps", "25fps"), (" 25", "25"), ("25\n", "25"),
            ("60hz", "60"), ("50fsp", "50"), ("29,97 df", "29.97df"), ("25.", "25"), ("25i", "25"),
        ])
    func hints(_ text: String, meant: String) throws {
        let error = try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }
        #expect(error == .malformed(spelling: text))
        #expect(error.description.hasSuffix("is not a frame rate; write \(meant)"), "\(error)")
    }

    @Test(
        "what is nothing like a rate gets the forms of all",
        arguments: ["fast", "1e3", "0x19", "29.97/1", "p", "df", ""])
    func noHint(_ text: String) throws {
        let error = try #require(throws: FrameRateError.self) { try FrameRate(parsing: text) }
        #expect(error.description.contains("write a whole number (25)"), "\(error)")
    }

    @Test(
        "a word resembles a rate if it begins with a digit and has no more than a mark and a suffix",
        arguments: [
            ("59,94", true), ("60hz", true), ("25.0", true), ("25/0", true), ("59.94.json", true),
            ("ntsc-59.94.json", false),
            ("profile.json", false), ("", false), ("25-frames", false), ("2026-11-28.json", false), ("./25", false),
        ])
    func resembles(_ text: String, expected: Bool) {
        #expect(RateSpelling.resembles(text) == expected)
    }
}
