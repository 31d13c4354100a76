import Foundation
import PlotPages
import TestSupport
import Testing
import TickScheduling
import TickTime

@testable import TickReports

@Suite("A run along its time")
struct RunTimelineTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 5_000_000_000 + milliseconds * 1_000_000)
    }

    @Test("whatever its length, a run has no more columns than the limit, and nothing is lost when they are joined")
    func joining() {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for period in [1, 16, 40, 1_000, 60_000] as [Int64] {
            var timeline = RunTimeline()
            var (ticks, late, worst, sum) = (Int64(0), Int64(0), Nanoseconds.zero, Int64(0))
            for tick in 0..<Int64(5_000) {
                let lateness = Nanoseconds(Int64.random(in: 0...3_000_000, using: &generator))
                let isLate = lateness > .milliseconds(1)
                timeline.add(
                    start: Self.at(tick * period) + lateness, lateness: lateness, isLate: isLate, skipped: 1,
                    work: .microseconds(100), period: .milliseconds(period), timestamp: nil)
                ticks += 1
                late += isLate ? 1 : 0
                worst = max(worst, lateness)
                sum += lateness.count
                #expect(timeline.columns.count <= RunTimeline.columnLimit)
            }
            let columns = timeline.columns
            #expect(columns.reduce(0) { $0 + $1.ticks } == ticks && columns.reduce(0) { $0 + $1.late } == late)
            #expect(columns.map(\.worstLateness).max() == worst)
            #expect(columns.reduce(0) { $0 + $1.sumOfLateness.count } == sum)
            #expect(columns.reduce(0) { $0 + $1.skipped } == ticks)
            #expect(timeline.span >= .milliseconds(4_999 * period))
            #expect(columns.count > RunTimeline.columnLimit / 2 - 1 || timeline.length == RunTimeline.firstLength)
        }
    }

    @Test("what was read a moment before the first tick is kept with it")
    func before() {
        var timeline = RunTimeline()
        timeline.observe(at: Self.at(100), divergence: Nanoseconds(3), stolen: .milliseconds(10))
        timeline.observe(at: Self.at(50), divergence: Nanoseconds(4), stolen: .milliseconds(20))
        #expect(timeline.columns.count == 1 && timeline.columns[0].stolen == .milliseconds(30))
        #expect(timeline.columns[0].divergence == Nanoseconds(4))
    }

    @Test("logarithms and powers are those of the C library")
    func logarithms() {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<10_000 {
            let value = Double.random(in: -12...18, using: &generator)
            #expect(abs(PlotScale.tenth(ofDecade: value) / pow(10, value) - 1) < 1e-10, "\(value)")
            let power = pow(10, value)
            #expect(abs(PlotScale.log10(power) - log10(power)) < 1e-8, "\(value)")
        }
        #expect(PlotScale.log2(8) == 3 && PlotScale.log2(1) == 0)
    }

    @Test("marks are round, rise, lie on the axis, and are not many")
    func marks() {
        var generator = SeededGenerator()
        print("seed \(generator.seed)")
        for _ in 0..<2_000 {
            let low = pow(10, Double.random(in: -3...6, using: &generator))
            let high = low * pow(10, Double.random(in: 0.5...9, using: &generator))
            for scale in [PlotScale.linear(0, high), .linear(-high, high), .logarithmic(low, high)] {
                let marks = scale.marks(5)
                #expect(marks.count <= 11 && marks == marks.sorted(), "\(scale): \(marks)")
                for mark in marks { #expect((0...1).contains(scale.position(mark))) }
            }
            #expect(PlotScale.linear(0, high).marks(5).count >= 2)
        }
        #expect(PlotScale.linear(0, 10).marks(5) == [0, 2, 4, 6, 8, 10])
        #expect(PlotScale.logarithmic(90, 11_000).marks(5).map { $0.rounded() } == [100, 1_000, 10_000])
    }
}
