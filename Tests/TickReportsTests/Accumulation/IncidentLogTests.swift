import Testing
import TickReports
import TickTime

@Suite("The log of incidents")
struct IncidentLogTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    private static func incident(_ kind: RunIncident.Kind, _ size: Int64, _ text: String) -> RunIncident {
        RunIncident(
            kind, begin: UTCInstant(nanoseconds: 1_767_323_045_678_900_000), end: nil, size: .milliseconds(size),
            text: text)
    }

    @Test("there is at most one line a second of a kind; the next line shows the greatest and counts the others")
    func rate() {
        var log = IncidentLog()
        #expect(log.add(Self.incident(.stall, 60, "a"), at: Self.at(0))?.text == "2026-01-02T03:04:05.678Z  a")
        #expect(log.add(Self.incident(.stall, 70, "b"), at: Self.at(10)) == nil)
        #expect(log.add(Self.incident(.stall, 900, "c"), at: Self.at(20)) == nil)
        #expect(log.add(Self.incident(.stall, 65, "d"), at: Self.at(30)) == nil)
        #expect(log.flush(at: Self.at(999)).isEmpty)
        #expect(
            log.flush(at: Self.at(1_000)).map(\.text) == [
                "2026-01-02T03:04:05.678Z  c (and 2 more since the last such line)"
            ])
        #expect(log.flush(at: Self.at(2_500)).isEmpty)
        #expect(log.add(Self.incident(.stall, 60, "e"), at: Self.at(2_500))?.text.hasSuffix("  e") == true)
    }

    @Test("kinds do not silence each other, and every refusal has its line")
    func kinds() {
        var log = IncidentLog()
        for kind in RunIncident.Kind.allCases {
            let line = log.add(Self.incident(kind, 1, kind.rawValue), at: Self.at(0))
            #expect(line?.text.hasSuffix(kind.rawValue) == true && line?.isRoutine == kind.isRoutine)
        }
        #expect(log.add(Self.incident(.refused, 0, "another"), at: Self.at(0)) != nil)
    }

    @Test("at the end nothing stays unsaid")
    func end() {
        var log = IncidentLog()
        _ = log.add(Self.incident(.lateRun, 1, "a"), at: Self.at(0))
        _ = log.add(Self.incident(.lateRun, 1, "b"), at: Self.at(1))
        #expect(log.flush(at: Self.at(2)).isEmpty)
        #expect(log.flush(at: Self.at(2), all: true).map(\.text) == ["2026-01-02T03:04:05.678Z  b"])
        #expect(log.flush(at: Self.at(2), all: true).isEmpty)
    }

    @Test("of a fault that repeats for ten minutes, every incident is counted once and no second has two lines")
    func long() {
        var log = IncidentLog()
        var lines: [String] = []
        var counted = 0
        for milliseconds in stride(from: Int64(0), to: 600_000, by: 20) {
            if let line = log.add(Self.incident(.stall, 60, "x"), at: Self.at(milliseconds)) { lines.append(line.text) }
            lines += log.flush(at: Self.at(milliseconds)).map(\.text)
        }
        lines += log.flush(at: Self.at(600_000), all: true).map(\.text)
        for line in lines {
            let more = line.split(separator: "(and ").dropFirst().first.flatMap { Int($0.prefix { $0 != " " }) }
            counted += 1 + (more ?? 0)
        }
        #expect(counted == 30_000 && lines.count <= 601)
    }
}
