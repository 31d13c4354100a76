import TestSupport
import Testing
import TickTime

@testable import TimeExchange
@testable import tickrun

@Suite("tickrun house")
struct HouseCommandTests {
    /// A house at UTC+1 that plans to be at UTC+2.
    private static let metadata = SynchronizationMetadata(
        frameRateNumerator: 25, frameRateDenominator: 1, locking: .locked, isDropFrame: false, isColorFrame: false,
        localOffset: 3_563, jump: 3_600, nextJump: 1_806_195_637, nextJam: 1_806_199_237, previousJam: 1_806_112_837,
        previousJamOffset: 3_563, isDaylightSaving: false, isDaylightSavingNext: true, wasDaylightSaving: false,
        isLeapSecondJump: false)

    private static func report(
        _ metadata: SynchronizationMetadata = metadata, at second: Int64 = 1_806_195_000
    ) -> HouseReport {
        HouseReport(
            metadata: metadata, utc: UTCInstant(nanoseconds: second * 1_000_000_000), leapSeconds: .builtIn)
    }

    @Test("times are those of `date -u`, in local time by the offset that is in force then")
    func times() throws {
        let report = Self.report()
        #expect(report.utcOffset == 3_600 && report.notes.isEmpty)
        // date -u -d @1806195600: 2027-03-28T01:00:00Z.
        let jump = try #require(report.announced(1_806_195_637))
        #expect(jump.utc == "2027-03-28T01:00:00Z" && jump.tai == "2027-03-28T01:00:37 TAI")
        #expect(jump.local == "2027-03-28T03:00:00+02:00")
        #expect(report.announced(1_806_195_636)?.local == "2027-03-28T01:59:59+01:00")
        #expect(report.announced(1_806_199_237)?.local == "2027-03-28T04:00:00+02:00")
        #expect(report.announced(1_806_199_237, offset: 3_563)?.local == "2027-03-28T03:00:00+01:00")
        #expect(report.announced(0) == nil && report.announced(.max) == nil)
    }

    @Test("an instant before a leap second is converted by the leap seconds of that day")
    func leapSecond() throws {
        var metadata = Self.metadata
        (metadata.jump, metadata.nextJump, metadata.localOffset) = (-1, 1_483_228_837, 3_564)
        let report = Self.report(metadata, at: 1_483_228_000)
        // 36 s of TAI − UTC until the end of 2016.
        #expect(report.taiOffset == 36 && report.utcOffset == 3_600)
        #expect(report.announced(1_483_228_835)?.utc == "2016-12-31T23:59:59Z")
        #expect(report.announced(1_483_228_835)?.local == "2017-01-01T00:59:59+01:00")
        #expect(report.announced(1_483_228_837)?.utc == "2017-01-01T00:00:00Z")
        #expect(report.announced(1_483_228_837)?.local == "2017-01-01T01:00:00+01:00")
    }

    @Test("an offset that is not whole minutes from UTC has a note that says why")
    func notes() throws {
        var metadata = Self.metadata
        (metadata.localOffset, metadata.locking) = (3_600, .freeRun)
        #expect(
            Self.report(metadata).notes == [
                "local time is not whole minutes from UTC: the local offset leaves out TAI - UTC, 37 s",
                "the sender is not locked: free_run",
            ])
        metadata.localOffset = 3_562
        #expect(Self.report(metadata).notes.first?.contains("do not use the same TAI - UTC (here 37 s)") == true)
        #expect(HouseReport.text(offset: -18_000) == "-05:00" && HouseReport.text(offset: 20_700) == "+05:45")
        #expect(HouseReport.text(offset: -37) == "-00:00:37" && HouseReport.text(offset: 0) == "+00:00")
    }

    @Test(
        "a value that does not exist is refused, and the message names the option",
        arguments: [
            (["--domain", "256"], "--domain: 256 is not from 0 to 255"), (["--timeout", "0s"], "--timeout: give more"),
            (["--duration", "1s"], "--duration belongs to --follow"), (["eth0"], "eth0"),
        ])
    func refused(words: [String], message: String) async throws {
        let result = try await RunProcess.tickrun(["house"] + words).run()
        #expect(result.exitCode == 2 && result.standardError.contains(message), "\(result)")
    }
}
