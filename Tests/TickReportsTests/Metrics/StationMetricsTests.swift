import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("Metrics of a host of a station")
struct StationMetricsTests {
    private typealias Fixture = RunSummaryFixture

    private static func record(_ index: Int64, _ air: AirState) -> TickRecord {
        let record = Fixture.record(index)
        var tick = record.tick
        tick.air = air
        return TickRecord(tick: tick, work: record.work)
    }

    /// A host that has the channel 'one' on air, stands by for 'two', and never ticked 'three'.
    private static func metrics(isTicking: Bool = true) -> StationMetrics {
        let (one, latencies) = Fixture.statistics([
            record(0, .offAir), record(1, .onAir(fencingNumber: 12)), record(2, .unfenced(fencingNumber: 12)),
        ])
        return StationMetrics(
            station: "studio", host: "a", holdsTenure: true, generation: 4, validFor: .milliseconds(2_500),
            isPrimary: true, view: 7, roles: ["standby", "owner"],
            channels: [
                .init(
                    name: "one", role: "owner", air: .onAir(fencingNumber: 12), statistics: one, isTicking: isTicking,
                    lastTickOnAir: 2),
                .init(
                    name: "three", role: "standby", air: .offAir, statistics: nil, isTicking: false, lastTickOnAir: nil),
            ],
            loops: [.init(latencies, lostRecords: 3), .init(LatencyStatistics(), lostRecords: 4)],
            store: .init(
                requests: [("tenure", "accepted", 9), ("tenure", "failed", 0)], answerAge: .milliseconds(250),
                isFailing: false))
    }

    private static func text(_ metrics: StationMetrics, isOver: Bool = false) -> String {
        metrics.text(
            file: "a.prom", version: "1", cluster: nil, best: nil, isOver: isOver, written: .init(nanoseconds: 0))
    }

    private static func lines(_ metrics: StationMetrics) -> Set<String> {
        Set(text(metrics).split(separator: "\n").map(String.init))
    }

    private static let labels = #"run="studio a",file="a.prom",station="studio",host="a""#

    @Test("the host's tenure, the primary, each channel's role and ticks, and the store's requests")
    func everything() {
        let lines = Self.lines(Self.metrics()), labels = Self.labels
        for line in [
            "tickrun_agent_ended{\(labels)} 0",
            "tickrun_station_tenure_held{\(labels)} 1",
            "tickrun_station_tenure_valid_seconds{\(labels)} 2.5",
            "tickrun_station_tenure_generation{\(labels)} 4",
            "tickrun_station_primary{\(labels)} 1",
            "tickrun_station_view{\(labels)} 7",
            #"tickrun_station_store_requests_total{\#(labels),kind="tenure",outcome="accepted"} 9"#,
            #"tickrun_station_store_requests_total{\#(labels),kind="tenure",outcome="failed"} 0"#,
            "tickrun_station_store_answer_age_seconds{\(labels)} 0.25",
            "tickrun_station_store_failing{\(labels)} 0",
            #"tickrun_channel_role{\#(labels),channel="one",role="owner"} 1"#,
            #"tickrun_channel_role{\#(labels),channel="one",role="standby"} 0"#,
            #"tickrun_channel_on_air{\#(labels),channel="one"} 1"#,
            #"tickrun_channel_on_air{\#(labels),channel="three"} 0"#,
            #"tickrun_channel_unfenced{\#(labels),channel="one"} 0"#,
            #"tickrun_channel_last_tick{\#(labels),channel="one"} 2"#,
            #"tickrun_channel_last_tick_on_air{\#(labels),channel="one"} 2"#,
            #"tickrun_ticks_delivered_total{\#(labels),session="one"} 3"#,
            #"tickrun_ticks_by_air_total{\#(labels),session="one",air="on_air"} 1"#,
            #"tickrun_ticks_by_air_total{\#(labels),session="one",air="unfenced"} 1"#,
            #"tickrun_ticks_by_air_total{\#(labels),session="one",air="off_air"} 1"#,
            #"tickrun_fencing_number{\#(labels),session="one"} 12"#,
            #"tickrun_tick_start_lateness_seconds_count{\#(labels),loop="0"} 3"#,
            #"tickrun_tick_start_lateness_seconds_count{\#(labels),loop="1"} 0"#,
            "tickrun_records_lost_total{\(labels)} 7",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test("what nobody measured has no sample, and no family has a heading without one")
    func absent() {
        var metrics = Self.metrics()
        (metrics.validFor, metrics.view, metrics.store.answerAge) = (nil, nil, nil)
        #expect(!Self.lines(metrics).contains { $0.hasPrefix("tickrun_") && $0.contains(#"session="three""#) })
        for absent in ["tenure_valid", "station_view", "answer_age"] {
            #expect(!Self.text(metrics).contains(absent), "\(absent)")
        }
        metrics.channels = []
        for metrics in [Self.metrics(), metrics] {
            let lines = Self.text(metrics).split(separator: "\n")
            let headings = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
            #expect(Set(headings).count == headings.count)
            for name in headings { #expect(lines.contains { $0.hasPrefix(name) }, "\(name)") }
        }
    }

    @Test("a channel that is ticked no longer has no last tick that an alert could find too old")
    func idle() {
        let last = "tickrun_last_tick_timestamp_seconds{"
        #expect(Self.lines(Self.metrics()).contains { $0.hasPrefix(last) })
        #expect(!Self.lines(Self.metrics(isTicking: false)).contains { $0.hasPrefix(last) })
        #expect(Self.text(Self.metrics(), isOver: true).contains("tickrun_agent_ended{\(Self.labels)} 1\n"))
    }

    @Test("a family that a run has too has the run's description, for one collector reads the files of both")
    func descriptions() throws {
        var run = RunAccumulator(named: "r")
        run.add(
            RunAccumulator.NewSession(
                number: 0, name: "main", plan: try SessionPlan(rate: .fps25), epoch: Fixture.epoch,
                levels: ServiceLevels()))
        run.add(Self.record(0, .onAir(fencingNumber: 1)))
        func help(_ text: String) -> [String: String] {
            let pairs = text.split(separator: "\n").filter { $0.hasPrefix("# HELP ") }.map { line in
                let parts = line.split(separator: " ", maxSplits: 3)
                return (String(parts[2]), String(parts[3]))
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        let (own, runs) = (
            help(Self.text(Self.metrics())),
            help(RunMetrics.text(run, file: "f", version: "1", isOver: false, written: .init(nanoseconds: 0)))
        )
        let shared = Set(own.keys).intersection(runs.keys)
        #expect(shared.count > 10)
        for name in shared { #expect(own[name] == runs[name], "\(name)") }
    }
}
