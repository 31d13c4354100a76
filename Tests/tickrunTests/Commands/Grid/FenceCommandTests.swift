import TestSupport
import Testing

@Suite("tickrun fence")
struct FenceCommandTests {
    struct Fence: Decodable {
        let rate: String
        let blockEndMinusEpochMs: Int64
        let fenceTick: Int64
    }

    struct Printed: Decodable {
        let fenceTick: Int64
        let epochUtcNs: Int64
        let endUtcNs: Int64
    }

    private let epoch: Int64 = 1_700_000_000_000

    @Test("every fence of the vectors comes out of the command line, in milliseconds and in nanoseconds")
    func vectors() async throws {
        for expected in try Vectors.printedCases("fences", as: Fence.self) {
            let end = epoch + expected.blockEndMinusEpochMs
            let inMilliseconds = try await RunProcess.tickrun(
                "fence", expected.rate, "--epoch-utc-ms", "\(epoch)", "--end-utc-ms", "\(end)", "--json"
            ).run()
            let printed = try #require(
                try inMilliseconds.objects(schema: "tickrun/fence/1", as: Printed.self).first)
            #expect(printed.fenceTick == expected.fenceTick)
            #expect(printed.epochUtcNs == epoch * 1_000_000)
            #expect(printed.endUtcNs == end * 1_000_000)

            let inNanoseconds = try await RunProcess.tickrun(
                "fence", expected.rate, "--epoch-utc-ns=\(epoch)000000", "--end-utc-ns=\(end)000000"
            ).run()
            #expect(inNanoseconds.standardOutput == "\(expected.fenceTick)\n")
        }
    }

    @Test("a nanosecond past a tick's instant moves the fence one tick on")
    func oneNanosecond() async throws {
        for (end, fence) in [("40000000", "1\n"), ("40000001", "2\n")] {
            let result = try await RunProcess.tickrun("fence", "25", "--epoch-utc-ms", "0", "--end-utc-ns", end).run()
            #expect(result.standardOutput == fence)
        }
    }

    @Test(
        "an instant that is missing, given twice or out of range is refused by the option's name",
        arguments: [
            (["--epoch-utc-ms", "0"], "--end-utc-ms"),
            (["--end-utc-ms", "0"], "--epoch-utc-ms"),
            (["--epoch-utc-ms", "0", "--epoch-utc-ns", "0", "--end-utc-ms", "1"], "--epoch-utc-ns"),
            (["--epoch-utc-ms", "0", "--end-utc-ms", "9223372036855"], "--end-utc-ms"),
        ])
    func refusals(options: [String], named: String) async throws {
        let result = try await RunProcess.tickrun(["fence", "25"] + options).run()
        #expect(result.exitCode == 2)
        #expect(result.standardError.contains(named))
        #expect(result.standardOutput.isEmpty)
    }
}
