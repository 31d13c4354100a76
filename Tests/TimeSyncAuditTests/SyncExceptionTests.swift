import Testing
import TickConfiguration
import TickTime
import TimeSyncAudit

@Suite("Exceptions")
struct SyncExceptionTests {
    private func exception(_ name: String) throws -> SyncException {
        try SyncException(json: try fixture(name), file: name)
    }

    @Test("an exception that is issued, not expired, and for this version and environment applies")
    func applies() throws {
        let exception = try exception("exception.json")
        #expect(exception.refusals(under: .matching) == [])
        #expect(exception.accepts.name == "azure_ntp_sla" && exception.accepts.claimedBound == milliseconds(10))
        #expect(exception.authority == "Head of Operations")
    }

    @Test("each unmet condition keeps it from applying, and is named")
    func refusals() throws {
        let expired = try exception("exception-expired.json")
        #expect(expired.refusals(under: .matching) == [.expired(expired.expires)])
        #expect(
            try exception("exception-other-version.json").refusals(under: .matching)
                == [.otherVersion(bound: "1.0.1", checked: "1.0.0")])
        #expect(
            try exception("exception-other-environment.json").refusals(under: .matching)
                == [.otherEnvironment(bound: "studio", checked: "pilot-aks")])
        #expect(
            try exception("exception-wide-claim.json").refusals(under: .matching)
                == [.claimTooWide(Nanoseconds(25_000_001), limit: milliseconds(25))])
        let nowhere = SyncCircumstances(now: .noon, version: "1.0.0", environment: nil)
        #expect(
            try exception("exception.json").refusals(under: nowhere) == [.environmentUnknown(bound: "pilot-aks")])
    }

    @Test("it is valid from the instant of its issue, and no longer at the instant of its expiry")
    func limits() throws {
        let exception = try exception("exception.json")
        func refusals(_ now: UTCInstant) -> [SyncException.Refusal] {
            exception.refusals(under: SyncCircumstances(now: now, version: "1.0.0", environment: "pilot-aks"))
        }
        #expect(refusals(exception.issued) == [])
        #expect(refusals(exception.issued - Nanoseconds(1)) == [.notYetIssued(exception.issued)])
        #expect(refusals(exception.expires - Nanoseconds(1)) == [])
        #expect(refusals(exception.expires) == [.expired(exception.expires)])
    }

    @Test("all faults are reported together")
    func several() throws {
        let other = SyncCircumstances(now: .noon - .seconds(86_400 * 400), version: "2", environment: "x")
        #expect(try exception("exception.json").refusals(under: other).count == 3)
    }

    @Test("a document with missing and misspelled keys grants nothing, and names them all")
    func missingFields() throws {
        let error = #expect(throws: FileError.self) { try exception("exception-missing-fields.json") }
        #expect(error?.problems.map(\.path) == ["authority", "expires", "accepts.claimed_bound_ns", "expire"])
    }

    private static func document(_ change: (String, String)) throws -> [UInt8] {
        let text = String(decoding: try fixture("exception.json"), as: UTF8.self)
        return Array(text.replacing(change.0, with: change.1).utf8)
    }

    @Test(
        "what is wrong in a value is named with its place",
        arguments: [
            (#""expires": "2026-12-01T00:00:00Z""#, #""expires": "2026-11-17T00:00:00Z""#, "expires"),
            (#""expires": "2026-12-01T00:00:00Z""#, #""expires": "next year""#, "expires"),
            (#""issued": "2026-11-17T00:00:00Z""#, #""issued": "2026-11-17T00:00:00+01:00""#, "issued"),
            (#""claimed_bound_ns": 10000000"#, #""claimed_bound_ns": -1"#, "accepts.claimed_bound_ns"),
            (#""assurance": "azure_ntp_sla""#, #""assurance": "Azure SLA""#, "accepts.assurance"),
            (#""version": "1.0.0""#, #""version": """#, "version"),
            (#""version": "1.0.0""#, #""version": "1.0.0", "version": "2""#, "version"),
            (#""version": "1.0.0""#, #""version": 1"#, "version"),
        ])
    func values(from: String, to: String, path: String) {
        let error = #expect(throws: FileError.self) {
            try SyncException(json: try Self.document((from, to)), file: "e.json")
        }
        #expect(error?.problems.map(\.path) == [path], "\(error.map { "\($0)" } ?? "")")
    }
}
