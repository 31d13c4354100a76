import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The picture of a host of a station on a screen")
struct StationFrameTests {
    private typealias Fixture = RunSummaryFixture

    private static func frame(channels: Int, loops: Int = 1, events: Int = 0) -> StationFrame {
        var record = Fixture.record(215_784, lateness: 831)
        var tick = record.tick
        tick.air = .onAir(fencingNumber: 12)
        record = TickRecord(tick: tick, work: record.work)
        let (statistics, latencies) = Fixture.statistics([record])
        let state = StationMetrics(
            station: "studio", host: "a", holdsTenure: true, generation: 4, validFor: .milliseconds(2_500),
            isPrimary: false, view: 7, roles: [],
            channels: (0..<channels).map { place in
                .init(
                    name: "a channel with a long name \(place)", role: place == 0 ? "owner" : "standby",
                    air: place == 0 ? .onAir(fencingNumber: 12) : .offAir, statistics: place == 2 ? nil : statistics,
                    isTicking: true, lastTickOnAir: nil)
            }, loops: [], store: .init(requests: [], answerAge: .milliseconds(250), isFailing: false))
        return StationFrame(
            state, utc: UTCInstant(nanoseconds: 1_794_916_800_123_000_000), elapsed: .seconds(3_600),
            primary: "primary b (view 7)", time: "time cluster",
            loopOfChannel: Dictionary(
                uniqueKeysWithValues: (0..<channels).map { ("a channel with a long name \($0)", $0 % loops) }),
            loops: Array(repeating: .init(latencies), count: loops), events: (0..<events).map { "event \($0)" })
    }

    @Test("it fits every size that a terminal may have")
    func fits() {
        for width in [1, 10, 20, 40, 79, 80, 81, 120, 200, 500] {
            for height in [1, 2, 5, 10, 23, 24, 49, 100] {
                for channels in [0, 1, 3, 40, 300] {
                    for loops in [1, 2, 64] {
                        let lines = Self.frame(channels: channels, loops: loops, events: 6)
                            .lines(width: width, height: height)
                        #expect(lines.count <= height && lines.allSatisfy { $0.count <= width })
                        #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") })
                    }
                }
            }
        }
    }

    @Test("the host's state, and each channel's role, air, tick and fencing number; a wider screen shows more")
    func columns() {
        let narrow = Self.frame(channels: 3).lines(width: 80, height: 24)
        #expect(narrow[0] == "studio a  2026-11-17 12:00:00.123 UTC  running 3600 s  time cluster")
        #expect(narrow[1] == "tenure 4, valid for 2.50 s  primary b (view 7)  etcd answered 250 ms ago")
        #expect(narrow[2].hasPrefix("channel") && narrow[2].contains("role air      tick fencing    last"))
        #expect(narrow[3].hasPrefix("a channel with…     owner  on    215784      12  831 ns      0"), "\(narrow[3])")
        #expect(narrow[4].contains("standby off "))
        // A channel that this host never ticked has no numbers.
        #expect(narrow[5].contains("off         -       -       -"))
        #expect(narrow[6].hasPrefix("loop 0: start lateness p50 83"), "\(narrow[6])")
        let wide = Self.frame(channels: 3, loops: 2).lines(width: 200, height: 24)
        for word in ["loop", "unfenced", "off air", "skipped", "UTC of the tick"] { #expect(wide[2].contains(word)) }
        #expect(!narrow[2].contains("loop"))
    }

    @Test("a tenure that is over, a store that fails and the lack of both are said")
    func states() {
        var frame = Self.frame(channels: 1)
        frame.state.validFor = .seconds(-2)
        frame.state.store.isFailing = true
        #expect(
            frame.lines(width: 120, height: 24)[1]
                == "tenure 4, over since 2.00 s  primary b (view 7)  etcd fails, answered 250 ms ago")
        (frame.state.holdsTenure, frame.state.store.answerAge, frame.primary) = (false, nil, "no primary")
        #expect(frame.lines(width: 120, height: 24)[1] == "no tenure  no primary  etcd fails, has not answered")
    }

    @Test("channels without room are counted, and the last events stay")
    func further() {
        let lines = Self.frame(channels: 40, events: 6).lines(width: 80, height: 24)
        #expect(lines.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more channels") })
        #expect(lines.last == "event 5" && lines.count == 24, "\(lines)")
    }
}
