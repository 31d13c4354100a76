import Foundation
import TestSupport
import Testing

@Suite("tickrun align")
struct AlignCommandTests {
    struct Alignment: Decodable, Equatable {
        let rate: String
        let taiNs: Int64
        let index: Int64
        let nextPointTaiNs: Int64
    }

    struct Now: Decodable {
        let taiNs: Int64
        let nextPointTaiNs: Int64
        let taiOffsetS: Int64
        let taiOffsetSource: String
    }

    @Test("every alignment of the vectors comes out of the command line")
    func vectors() async throws {
        for expected in try Vectors.printedCases("st2059_alignment", as: Alignment.self) {
            let result = try await RunProcess.tickrun(
                "align", expected.rate, "--tai-ns", "\(expected.taiNs)", "--json"
            ).run()
            #expect(try result.objects(schema: "tickrun/align/1", as: Alignment.self) == [expected])
        }
    }

    @Test("without an instant it is now, and the source of the offset is said in both places")
    func now() async throws {
        let before = Int64(Date().timeIntervalSince1970)
        let result = try await RunProcess.tickrun("align", "25", "--json").run()
        let after = Int64(Date().timeIntervalSince1970) + 1
        let now = try #require(try result.objects(schema: "tickrun/align/1", as: Now.self).first)
        #expect(["kernel", "leap_seconds_list", "built_in"].contains(now.taiOffsetSource))
        #expect(now.taiOffsetS >= 37)
        #expect((before...after).contains(now.taiNs / 1_000_000_000 - now.taiOffsetS))
        #expect((1...40_000_000).contains(now.nextPointTaiNs - now.taiNs))
        #expect(result.standardError.hasPrefix("tickrun: TAI - UTC is \(now.taiOffsetS) s, from "))
    }

    @Test("an instant whose next point lies past the range is refused")
    func pastRange() async throws {
        let result = try await RunProcess.tickrun("align", "1", "--tai-ns", "\(Int64.max)").run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("--tai-ns"))
        #expect(result.standardOutput.isEmpty)
    }
}
