import Foundation
import TestSupport
import Testing
import TickReports
import TickScheduling
import TickTime

/// What the public HdrHistogram reader (PyPI: hdrhistogram) makes of our files.
@Suite("HdrHistogram files")
struct HistogramFilesTests {
    /// Latencies over all magnitudes, the extremes of the layout, and some that no bucket holds.
    private static func sample(_ count: Int) -> [Int64] {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        var values: [Int64] = [0, 1, 2_047, 2_048, LatencyHistogram.highestTrackable.count]
        for _ in 0..<count {
            values.append(
                Int64.random(in: 0..<(Int64(1) << Int64.random(in: 1...40, using: &generator)), using: &generator))
        }
        return values
    }

    private static func histogram(_ values: [Int64]) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in values { histogram.record(Nanoseconds(value)) }
        return histogram
    }

    private static func python(_ script: String, _ words: [String]) async throws -> [String] {
        let result = try await RunProcess("/usr/bin/env", ["python3", "-c", script] + words).run()
        try #require(result.exitCode == 0, "\(result.standardError)")
        return result.lines
    }

    private static func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/hdr"
        try Data(text.utf8).write(to: URL(filePath: path))
        try await body(path)
    }

    @Test("a log is read back by the public reader: tags, times, and each count in its bucket", .requires(.hdrh))
    func log() async throws {
        var log = HistogramLog(start: UTCInstant(nanoseconds: 1_794_916_800_123_000_000), comment: "a run")
        let values = Self.sample(20_000)
        let histogram = Self.histogram(values)
        log.add(histogram, tag: "start_lateness", length: .seconds(10))
        let empty = LatencyHistogram()
        log.add(empty, tag: "work", begin: .seconds(10), length: .milliseconds(1_500))
        let script = """
            import sys
            from hdrh.log import HistogramLogReader
            from hdrh.histogram import HdrHistogram
            reader = HistogramLogReader(sys.argv[1], HdrHistogram(1, 2**47 - 1, 3))
            while True:
                h = reader.get_next_interval_histogram()
                if h is None: break
                print(h.get_tag(), h.get_total_count(), h.get_start_time_stamp(), h.get_end_time_stamp())
                for item in h.get_recorded_iterator():
                    print(item.value_iterated_to, item.count_at_value_iterated_to)
            """
        try await Self.withFile(log.text) { path in
            let lines = try await Self.python(script, [path])
            #expect(
                lines.first == "start_lateness \(values.count) 1794916800123.0 1794916810123.0", "\(lines.prefix(1))")
            #expect(lines.last == "work 0 1794916810123.0 1794916811623.0")
            var expected: [String] = []
            histogram.forEachBucket { _, highest, count in expected.append("\(highest.count) \(count)") }
            #expect(Array(lines.dropFirst().dropLast()) == expected)
        }
    }

    @Test("each line of a percentile file is what the public reader says of the same values", .requires(.hdrh))
    func percentiles() async throws {
        let values = Self.sample(5_000)
        let histogram = Self.histogram(values)
        let text = histogram.percentileText(title: "start lateness")
        let script = """
            import sys
            from hdrh.histogram import HdrHistogram
            h = HdrHistogram(1, 2**47 - 1, 3)
            for value in sys.argv[2].split(","): h.record_value(int(value))
            rows = [l.split() for l in open(sys.argv[1]) if l[:12].strip().replace(".", "").isdigit()]
            print(len(rows))
            items = [(i.value_iterated_to, i.count_at_value_iterated_to) for i in h.get_recorded_iterator()]
            for value, percentile, count, *rest in rows:
                below = sum(c for v, c in items if v < round(float(value) * 1000))
                here = sum(c for v, c in items if v <= round(float(value) * 1000))
                if int(count) != here: print("count", count, here)
                # The first value that so many do not exceed.
                share = float(percentile) * h.total_count
                if not (below <= share + 1e-6 and share <= here + 1e-6): print("place", value, percentile, below, here)
                if rest and abs(float(rest[0]) - 1 / (1 - float(percentile))) > 0.006: print("inverse", rest)
            """
        try await Self.withFile(text) { path in
            let lines = try await Self.python(script, [path, values.map(String.init).joined(separator: ",")])
            #expect(lines.count == 1 && (Int(lines[0]) ?? 0) > 40, "\(lines.prefix(5))")
        }
        #expect(text.hasPrefix("       Value     Percentile TotalCount 1/(1-Percentile)\n\n"))
        let last = text.split(separator: "\n").last { !$0.hasPrefix("#") }
        #expect(last?.hasSuffix(" 1.000000000000       \(values.count)") == true, "\(last ?? "")")
    }

    @Test("a histogram of one value, of none, and of values out of range says what it holds")
    func small() {
        let empty = LatencyHistogram()
        #expect(empty.percentileRows().isEmpty)
        #expect(empty.percentileText(title: "x").contains("Total count    =            0"))
        var one = LatencyHistogram()
        one.record(Nanoseconds(1_500))
        #expect(one.percentileRows().map(\.percentile) == [0, 1])
        #expect(one.percentileText(title: "x").contains("       1.500 1.000000000000          1\n"))
        one.record(Nanoseconds(-5))
        one.record(LatencyHistogram.highestTrackable + Nanoseconds(1))
        #expect(one.percentileText(title: "x").contains("beyond the range: 1, negative and counted as 0: 1"))
        var log = HistogramLog(start: UTCInstant(nanoseconds: 0), comment: "x")
        log.add(one, tag: "work", length: .seconds(1))
        #expect(log.text.contains("#[work: beyond the range 1, negative and counted as 0 1]"))
    }
}
