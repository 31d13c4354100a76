import Foundation
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("Ticks on air, in what a run reports")
struct AirSummaryTests {
    private typealias Fixture = RunSummaryFixture

    private static func record(_ index: Int64, _ air: AirState?) -> TickRecord {
        let record = Fixture.record(index)
        var tick = record.tick
        tick.air = air
        return TickRecord(tick: tick, work: record.work)
    }

    /// One off air, two fenced, one unfenced.
    private static let records = [
        record(0, .offAir), record(1, .onAir(fencingNumber: 12)), record(2, .onAir(fencingNumber: 12)),
        record(3, .unfenced(fencingNumber: 12)),
    ]

    @Test("a JSON line says it of a tick with a gate, and nothing of another")
    func lines() {
        func line(_ air: AirState?) -> String {
            var json = JSONText()
            TickLine.write(Self.record(0, air), session: "a", timecode: nil, to: &json)
            return json.text
        }
        #expect(line(.offAir).contains(#""on_air":false,"unfenced":false,"fencing_number":null"#))
        #expect(line(.onAir(fencingNumber: 3)).contains(#""on_air":true,"unfenced":false,"fencing_number":3"#))
        #expect(line(.unfenced(fencingNumber: 3)).contains(#""on_air":true,"unfenced":true,"fencing_number":3"#))
        let plain = line(nil)
        #expect(!plain.contains("on_air") && !plain.contains("unfenced") && !plain.contains("fencing"))
    }

    @Test("the summary counts them, in words and as JSON, only for a session with a gate")
    func summary() throws {
        let gated = try Fixture.summary(Self.records, of: 4)
        #expect(gated.lines.contains("  air             3 on air, 1 unfenced; 1 off air; fencing number 12"))
        #expect(
            gated.json.text.contains(
                #""air":{"on_air_ticks":3,"off_air_ticks":1,"unfenced_ticks":1,"fencing_number":12}"#))
        let off = try Fixture.summary([Self.record(0, .offAir)], of: 1)
        #expect(off.lines.contains("  air             0 on air, 0 unfenced; 1 off air"))
        #expect(off.json.text.contains(#""unfenced_ticks":0,"fencing_number":null}"#))
        let plain = try Fixture.summary([Fixture.record(0)], of: 1)
        #expect(!plain.json.text.contains("\"air\"") && !plain.lines.contains { $0.hasPrefix("  air ") })
    }

    private static func run(_ records: [TickRecord]) throws -> RunAccumulator {
        var run = RunAccumulator(named: "r")
        run.add(
            RunAccumulator.NewSession(
                number: 0, name: "main", plan: try SessionPlan(rate: .fps25), epoch: Fixture.epoch,
                levels: ServiceLevels()))
        for record in records { run.add(record) }
        return run
    }

    @Test("the metrics have them, only with a gate")
    func metrics() throws {
        func lines(_ records: [TickRecord]) throws -> Set<String> {
            let text = RunMetrics.text(
                try Self.run(records), file: "f", version: "1", isOver: false, written: .init(nanoseconds: 0))
            return Set(text.split(separator: "\n").map(String.init))
        }
        let gated = try lines(Self.records)
        for line in [
            #"tickrun_tick_on_air{run="r",file="f",session="main"} 1"#,
            #"tickrun_tick_unfenced{run="r",file="f",session="main"} 1"#,
            #"tickrun_ticks_by_air_total{run="r",file="f",session="main",air="on_air"} 2"#,
            #"tickrun_ticks_by_air_total{run="r",file="f",session="main",air="unfenced"} 1"#,
            #"tickrun_ticks_by_air_total{run="r",file="f",session="main",air="off_air"} 1"#,
            #"tickrun_fencing_number{run="r",file="f",session="main"} 12"#,
        ] { #expect(gated.contains(line), "\(line)") }
        let off = try lines([Self.record(0, .offAir)])
        #expect(off.contains(#"tickrun_tick_on_air{run="r",file="f",session="main"} 0"#))
        #expect(try lines([Fixture.record(0)]).allSatisfy { !$0.contains("air") && !$0.contains("fenc") })
    }

    @Test("the screen has a column for it, only with a gate")
    func screen() throws {
        func titles(_ air: AirState?) throws -> [String] {
            let row = LiveFrame.Row(
                name: "main", rate: .fps25, tick: 7, timecode: nil, last: nil, p50: nil, p99: nil, most: nil, late: 0,
                lateByCause: [], skipped: 0, consecutiveLate: 0, air: air)
            let frame = LiveFrame(
                name: "r", utc: UTCInstant(nanoseconds: 0), elapsed: .seconds(1), sessions: [row], furtherSessions: 0,
                divergence: nil, time: "", histogram: [], incidents: [])
            return frame.lines(width: 120, height: 20)
        }
        #expect(try titles(.unfenced(fencingNumber: 1))[2].contains(" unfenced "))
        #expect(try titles(.onAir(fencingNumber: 1))[1].contains(" air ") && titles(.offAir)[2].contains(" off "))
        #expect(try !titles(nil)[1].contains("air"))
    }
}
