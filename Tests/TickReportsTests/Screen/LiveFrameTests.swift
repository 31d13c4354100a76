import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

@Suite("The picture of a run on a screen")
struct LiveFrameTests {
    private static func frame(sessions: Int, incidents: Int = 0) throws -> LiveFrame {
        LiveFrame(
            name: "evening", utc: UTCInstant(nanoseconds: 1_794_916_800_123_000_000), elapsed: .seconds(3_600),
            sessions: try (0..<sessions).map { place in
                LiveFrame.Row(
                    name: "a session with a long name \(place)", rate: try FrameRate(parsing: "59.94"), tick: 215_784,
                    utc: UTCInstant(nanoseconds: 1_794_916_800_100_000_000), timecode: "01:00:00;00",
                    last: Nanoseconds(831), p50: Nanoseconds(90), p99: .microseconds(27),
                    most: .milliseconds(131), late: 17, lateByCause: [10, 4, 2, 1], skipped: 3, consecutiveLate: 2,
                    histogram: (0..<LiveFrame.binCount).map { Int64($0 == 2 ? 1_000_000 : $0 == 20 ? 1 : 0) })
            }, furtherSessions: 0, divergence: Nanoseconds(-11), time: "time cluster",
            histogram: (0..<LiveFrame.binCount).map { Int64($0 * $0 * $0) },
            incidents: (0..<incidents).map { "incident \($0)" })
    }

    @Test("it fits every size that a terminal may have")
    func fits() throws {
        for width in [1, 10, 20, 40, 79, 80, 81, 120, 200, 500] {
            for height in [1, 2, 5, 10, 23, 24, 49, 100] {
                for sessions in [0, 1, 3, 40, 300] {
                    let lines = try Self.frame(sessions: sessions, incidents: 6).lines(width: width, height: height)
                    #expect(lines.count <= height && lines.allSatisfy { $0.count <= width })
                    #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") })
                }
            }
        }
    }

    @Test("80 columns show each session's tick, timecode, rate, last, p99, worst and late; wider ones everything")
    func columns() throws {
        let frame = try Self.frame(sessions: 2)
        let narrow = frame.lines(width: 80, height: 24)
        #expect(narrow[0].hasPrefix("evening  2026-11-17 12:00:00.123 UTC  running 3600 s  divergence -11 ns"))
        #expect(narrow[2].hasPrefix("a session w…   59.94    215784 01:00:00;00  831 ns 27.0 µs  131 ms     17"))
        var first = frame
        first.elapsed = .zero
        #expect(first.lines(width: 80, height: 24)[0].contains(" UTC  running 0 s  "))
        let wide = frame.lines(width: 200, height: 50)
        for word in ["p50", "skipped", "in a row", "wake", "neighbour", "work", "begin"] {
            #expect(wide[1].contains(word))
        }
        // One tick among a million still shows, at 1 s; and when the session's last tick was due.
        #expect(wide[2].contains("  2   █                 ▁    12:00:00.100 "))
        #expect(narrow.contains("late by cause: 20 wake, 8 neighbour, 4 work, 2 begin"))
    }

    @Test("sessions without room are counted, with the causes of all sessions")
    func further() throws {
        let lines = try Self.frame(sessions: 40, incidents: 2).lines(width: 80, height: 24)
        #expect(lines.contains { $0.hasPrefix("and ") && $0.hasSuffix(" more sessions") })
        #expect(lines.contains("late by cause: 400 wake, 160 neighbour, 80 work, 40 begin"))
        #expect(lines.last == "incident 1")
    }

    @Test("a negative length of eight characters is shown whole, and widens its column")
    func wideNumbers() throws {
        var frame = try Self.frame(sessions: 2)
        frame.sessions[1].last = .milliseconds(-20)
        let lines = frame.lines(width: 80, height: 24)
        #expect(lines[3].contains(" -20.0 ms "))
        #expect(lines[1].contains("    timecode     last     p99     max   late"))
    }

    @Test("whatever the values and the width, a table shows each number whole, with its unit, or not at all")
    func neverCut() throws {
        var random = SeededGenerator(seed: 17)
        for round in 0..<2_000 {
            var frame = try Self.frame(sessions: Int.random(in: 1...4, using: &random))
            var allowed: Set = ["…", "-", "59.94", "01:00:00;00", "12:00:00.100"]
            for place in frame.sessions.indices {
                var lengths: [Nanoseconds?] = []
                for _ in 0..<4 {
                    let digits = Int64.random(in: 0...18, using: &random)
                    let size = (0..<digits).reduce(Int64(1)) { power, _ in power * 10 }
                    let value = Int64.random(in: -size...size, using: &random)
                    lengths.append(Int.random(in: 0..<9, using: &random) == 0 ? nil : Nanoseconds(value))
                }
                let counts = (0..<8).map { _ in
                    Int64.random(in: 0...(1 << Int64.random(in: 0...62, using: &random)), using: &random)
                }
                (frame.sessions[place].last, frame.sessions[place].p50) = (lengths[0], lengths[1])
                (frame.sessions[place].p99, frame.sessions[place].most) = (lengths[2], lengths[3])
                (frame.sessions[place].tick, frame.sessions[place].late) = (counts[0], counts[1])
                (frame.sessions[place].skipped, frame.sessions[place].consecutiveLate) = (counts[2], counts[3])
                frame.sessions[place].lateByCause = Array(counts[4...])
                frame.sessions[place].name = "session"
                frame.sessions[place].histogram = []
                allowed.formUnion(lengths.map { Quantity.length($0) } + counts.map { "\($0)" })
            }
            let width = Int.random(in: 10...220, using: &random)
            let lines = frame.lines(width: width, height: 40)
            #expect(lines.allSatisfy { $0.count <= width })
            for line in lines.dropFirst(2).prefix(frame.sessions.count) {
                var cells: [String] = []
                for word in line.dropFirst(7).split(separator: " ").map(String.init) {
                    if ["ns", "µs", "ms", "s"].contains(word), let last = cells.popLast() {
                        cells.append("\(last) \(word)")
                    } else {
                        cells.append(word)
                    }
                }
                #expect(allowed.isSuperset(of: cells), "round \(round), width \(width): \(line)")
            }
        }
    }

    @Test("a value is in the bin of its third of a decade, and a greater value in the last bin")
    func bins() {
        var histogram = LatencyHistogram()
        for value in [1, 150, 150_000, 5_000_000_000] as [Int64] { histogram.record(Nanoseconds(value)) }
        let bins = LiveFrame.bins(histogram)
        #expect(bins.reduce(0, +) == 4 && bins[0] == 2 && bins[9] == 1 && bins[20] == 1)
    }
}
