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

    @Test("the command prints every alignment of the vectors")
    func vectors() async throws {
        let points = try Cases.read("alignment_points", as: Alignment.self).prefix(12)
        for expected in try Vectors.printedCases("st2059_alignment", as: Alignment.self) + points {
            let result = try await RunProcess.tickrun(
                "align", expected.rate, "--tai-ns", "\(expected.taiNs)", "--json"
            ).run()
            #expect(try result.objects(schema: "tickrun/align/1", as: Alignment.self) == [expected])
        }
    }

    @Test("without an instant it uses the current time, and names the source of the offset in text and JSON")
    func now() async throws {
        let before = Int64(Date().timeIntervalSince1970)
        let result = try await RunProcess.tickrun("align", "25", "--json").run()
        let after = Int64(Date().timeIntervalSince1970) + 1
        let now = try #require(try result.objects(schema: "tickrun/align/1", as: Now.self).first)
        #expect(["kernel", "leap_seconds_list", "leap_seconds_list_expired", "built_in"].contains(now.taiOffsetSource))
        #expect(now.taiOffsetS >= 37)
        #expect((before...after).contains(now.taiNs / 1_000_000_000 - now.taiOffsetS))
        #expect((1...40_000_000).contains(now.nextPointTaiNs - now.taiNs))
        #expect(result.standardError.hasPrefix("tickrun: TAI - UTC is \(now.taiOffsetS) s, from "))
    }

    @Test("an expired list with a later leap second than the built-in table is used, and reported as expired")
    func expiredList() async throws {
        var process = RunProcess.tickrun("align", "25", "--json")
        process.environment["TICKRUN_LEAP_SECONDS"] = Cases.path("leap-seconds-expired.list")
        let result = try await process.run()
        let now = try #require(try result.objects(schema: "tickrun/align/1", as: Now.self).first)
        // A time daemon of this host may have set the kernel's offset.
        guard now.taiOffsetSource != "kernel" else { return print("not tried: the kernel has a TAI offset") }
        #expect(now.taiOffsetSource == "leap_seconds_list_expired" && now.taiOffsetS == 38)
        #expect(result.standardError.contains("38 s, from an expired leap-seconds.list"))
    }

    @Test(
        "a list that the environment names and that is not used is reported, with the variable and the file",
        arguments: [("/none/leap-seconds.list", "cannot be read"), ("README.md", "line 3")])
    func unusedList(path: String, fault: String) async throws {
        var process = RunProcess.tickrun("align", "25", "--json")
        process.environment["TICKRUN_LEAP_SECONDS"] = path
        let result = try await process.run()
        let now = try #require(try result.objects(schema: "tickrun/align/1", as: Now.self).first)
        guard now.taiOffsetSource != "kernel" else { return print("not tried: the kernel has a TAI offset") }
        #expect(now.taiOffsetSource == "built_in")
        let line = result.standardError.split(separator: "\n").first { $0.contains("TICKRUN_LEAP_SECONDS=\(path): ") }
        #expect(line?.contains(fault) == true, "\(result.standardError)")
    }

    @Test("an instant whose next alignment is past the range is refused")
    func pastRange() async throws {
        let result = try await RunProcess.tickrun("align", "1", "--tai-ns", "\(Int64.max)").run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains("--tai-ns"))
        #expect(result.standardOutput.isEmpty)
    }
}
