import Foundation
import TestSupport
import Testing
import TickTime

@Suite("UTC and TAI")
struct LeapSecondsTests {
    private func utc(_ text: String) throws -> UTCInstant {
        let date = try Date(text, strategy: .iso8601)
        return UTCInstant(nanoseconds: Int64(date.timeIntervalSince1970) * 1_000_000_000)
    }

    @Test(
        "the built-in table: 10 s from 1972, a second more from each leap second on, 37 s since 2017",
        arguments: [
            ("1972-01-01T00:00:00Z", 10), ("1972-06-30T23:59:59Z", 10), ("1972-07-01T00:00:00Z", 11),
            ("1999-01-01T00:00:00Z", 32), ("2005-12-31T23:59:59Z", 32), ("2006-01-01T00:00:00Z", 33),
            ("2016-12-31T23:59:59Z", 36), ("2017-01-01T00:00:00Z", 37), ("2026-11-21T00:00:00Z", 37),
            ("2262-01-01T00:00:00Z", 37), ("1970-01-01T00:00:00Z", 10), ("1700-01-01T00:00:00Z", 10),
        ])
    func builtIn(time: String, offset: Int64) throws {
        #expect(LeapSecondTable.builtIn.offset(at: try utc(time)) == offset)
    }

    @Test("the built-in table is the system's list, as far as it goes")
    func systemList() throws {
        let path = "/usr/share/zoneinfo/leap-seconds.list"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            print("not compared: there is no \(path); the Debian package tzdata has it")
            return
        }
        let list = try LeapSecondTable(parsingLeapSecondsList: text)
        #expect(Array(list.entries.prefix(LeapSecondTable.builtIn.entries.count)) == LeapSecondTable.builtIn.entries)
        #expect(try #require(list.updated) < (try #require(list.expires)))
    }

    @Test("TAI and back, but for the leap second itself, which reads as the second after it")
    func aroundALeapSecond() throws {
        let table = LeapSecondTable.builtIn
        let midnight = try utc("2017-01-01T00:00:00Z")
        let half = Nanoseconds.milliseconds(500)
        #expect(try table.tai(from: midnight).nanoseconds == midnight.nanoseconds + 37_000_000_000)
        #expect(try table.tai(from: midnight - Nanoseconds(1)).nanoseconds == midnight.nanoseconds + 35_999_999_999)

        let atLeap = TAIInstant(nanoseconds: midnight.nanoseconds + 36_000_000_000)
        #expect(try table.utc(from: atLeap - Nanoseconds(1)) == midnight - Nanoseconds(1))
        #expect(try table.utc(from: atLeap + half) == midnight + half)
        #expect(try table.utc(from: atLeap + .seconds(1)) == midnight)
        #expect(try table.utc(from: atLeap + .seconds(1) + half) == midnight + half)
    }

    @Test("from UTC to TAI and back is the same instant, at every time")
    func roundTrip() throws {
        var generator = SeededGenerator()
        for _ in 0..<5_000 {
            let utc = UTCInstant(
                nanoseconds: .random(in: -9_000_000_000_000_000_000...9_000_000_000_000_000_000, using: &generator))
            let tai = try LeapSecondTable.builtIn.tai(from: utc)
            #expect(try LeapSecondTable.builtIn.utc(from: tai) == utc, "seed \(generator.seed), \(utc.nanoseconds) ns")
        }
    }

    @Test("an instant that leaves the range on its way is refused")
    func range() {
        let table = LeapSecondTable.builtIn
        let last: Int64 = .max - 37_000_000_000
        let first: Int64 = .min + 10_000_000_000
        #expect(throws: Never.self) { try table.tai(from: UTCInstant(nanoseconds: last)) }
        #expect(throws: TickTimeError.instantOutOfRange(nanoseconds: last + 1)) {
            try table.tai(from: UTCInstant(nanoseconds: last + 1))
        }
        #expect(throws: Never.self) { try table.utc(from: TAIInstant(nanoseconds: first)) }
        #expect(throws: TickTimeError.instantOutOfRange(nanoseconds: first - 1)) {
            try table.utc(from: TAIInstant(nanoseconds: first - 1))
        }
    }

    @Test(
        "TAI − UTC comes from the kernel if set, else from the list, though expired if it is the newer, else from the built-in table"
    )
    func best() throws {
        // A list with a leap second that the built-in table does not know: 2027-01-01, expiring in 2028.
        let list = try LeapSecondTable(
            parsingLeapSecondsList: "#@ 4039286400\n3692217600 37\n4007750400 38\n")
        let (inside, outside) = (try utc("2027-06-01T00:00:00Z"), try utc("2028-01-01T00:00:00Z"))
        #expect(try #require(list.expires) == outside)
        #expect(!list.isExpired(at: outside - Nanoseconds(1)) && list.isExpired(at: outside))
        #expect(!LeapSecondTable.builtIn.isExpired(at: UTCInstant(nanoseconds: .max)))

        func best(_ kernel: Int64, _ list: LeapSecondTable?, _ at: UTCInstant) -> TAIOffset {
            TAIOffset.best(kernelSeconds: kernel, lists: list.map { [$0] } ?? [], at: at)
        }
        #expect(best(36, list, inside) == TAIOffset(seconds: 36, source: .kernel))
        #expect(best(0, list, inside) == TAIOffset(seconds: 38, source: .leapSecondsList))
        // Rows stay true after expiry: the newer of list and table is taken, and named as expired.
        #expect(best(0, list, outside) == TAIOffset(seconds: 38, source: .expiredLeapSecondsList))
        let old = try LeapSecondTable(parsingLeapSecondsList: "#@ 4039286400\n3644697600 36\n3692217600 37\n")
        #expect(best(0, old, outside) == TAIOffset(seconds: 37, source: .builtIn))
        // Of two lists an unexpired one is taken, wherever it stands; else the one with the later row.
        let fresh = try LeapSecondTable(parsingLeapSecondsList: "#@ 4197052800\n3692217600 37\n4007750400 38\n")
        #expect(
            TAIOffset.best(kernelSeconds: 0, lists: [old, fresh], at: outside)
                == TAIOffset(seconds: 38, source: .leapSecondsList))
        #expect(
            TAIOffset.best(kernelSeconds: 0, lists: [old, list], at: outside)
                == TAIOffset(seconds: 38, source: .expiredLeapSecondsList))
        #expect(best(0, nil, inside) == TAIOffset(seconds: 37, source: .builtIn))
    }
}
