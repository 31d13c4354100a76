import TestSupport
import Testing
import TickTime

@Suite("Capturing the anchor")
struct AnchorCaptureTests {
    /// UTC − monotonic in these tests, until someone sets the clock.
    private static let difference: Int64 = 1_794_000_000_000_000_000

    /// A reading that begins at `start`, lasts `width` ns, and finds UTC `into` ns into it.
    private func reading(start: Int64, width: Int64, into: Int64, step: Int64 = 0) -> BracketedReading {
        BracketedReading(
            before: MonotonicInstant(nanoseconds: start),
            utc: UTCInstant(nanoseconds: start + into + Self.difference + step),
            after: MonotonicInstant(nanoseconds: start + width))
    }

    private func steadyReadings(widths: [Int64], step: (Int) -> Int64 = { _ in 0 }) -> [BracketedReading] {
        widths.enumerated().map { index, width in
            reading(start: 1_000_000 + Int64(index) * 10_000, width: width, into: width / 3, step: step(index))
        }
    }

    private func captured(_ readings: [BracketedReading]) throws -> AnchorReading {
        guard case .captured(let kept) = AnchorCapture.narrowest(of: readings.span) else {
            throw Unexpected()
        }
        return kept
    }

    private struct Unexpected: Error {}

    @Test("the narrowest bracket is kept: its middle, its UTC, half its width rounded up")
    func narrowest() throws {
        var widths = [Int64](repeating: 400, count: 16)
        widths[9] = 91
        let kept = try captured(steadyReadings(widths: widths))
        #expect(kept.monotonic.nanoseconds == 1_090_000 + 45)
        #expect(kept.utc.nanoseconds == 1_090_000 + 30 + Self.difference)
        #expect(kept.uncertainty == Nanoseconds(46))
    }

    @Test("the difference of the anchors is within the uncertainty of the true one, wherever UTC was read")
    func uncertaintyHolds() throws {
        var generator = SeededGenerator()
        for _ in 0..<500 {
            let readings = (0..<Int64(24)).map { index in
                let width = Int64.random(in: 0...2_000, using: &generator)
                return reading(
                    start: 5_000 * index, width: width, into: Int64.random(in: 0...width, using: &generator))
            }
            let kept = try captured(readings)
            let error = kept.utc.nanoseconds - kept.monotonic.nanoseconds - Self.difference
            #expect(abs(error) <= kept.uncertainty.count, "seed \(generator.seed)")
        }
    }

    @Test("a wall clock set during the readings is found, with its direction and least amount")
    func steps() {
        let widths = [Int64](repeating: 100, count: 16)
        for (step, direction) in [(Int64(1_000_000), Int64(1)), (-7_200_000_000_000, -1), (200, 1)] {
            for first in 1..<16 {
                let readings = steadyReadings(widths: widths) { $0 >= first ? step : 0 }
                // Each reading says its difference to within its width of 100 ns.
                #expect(
                    AnchorCapture.narrowest(of: readings.span)
                        == .wallClockStepped(atLeast: Nanoseconds(step - direction * 100)), "step at reading \(first)")
            }
        }
    }

    @Test("a clock that is set there and back is found too")
    func thereAndBack() {
        let readings = steadyReadings(widths: [Int64](repeating: 100, count: 16)) { $0 == 7 ? 5_000 : 0 }
        guard case .wallClockStepped = AnchorCapture.narrowest(of: readings.span) else {
            Issue.record("the step was not found")
            return
        }
    }

    @Test("two nanoseconds of rounding are no step, three are")
    func rounding() throws {
        // Brackets of no width state the difference exactly, so that nothing but the allowance hides a step.
        let widths = [Int64](repeating: 0, count: 16)
        #expect(throws: Never.self) { try captured(steadyReadings(widths: widths) { $0 == 3 ? 2 : 0 }) }
        let readings = steadyReadings(widths: widths) { $0 >= 3 ? 3 : 0 }
        #expect(AnchorCapture.narrowest(of: readings.span) == .wallClockStepped(atLeast: Nanoseconds(3)))
    }

    @Test("fewer than 16 readings are a programming error")
    func tooFew() async {
        await #expect(processExitsWith: .failure) {
            let instant = MonotonicInstant(nanoseconds: 0)
            let one = BracketedReading(before: instant, utc: UTCInstant(nanoseconds: 0), after: instant)
            _ = AnchorCapture.narrowest(of: [BracketedReading](repeating: one, count: 15).span)
        }
    }

    @Test("a monotonic clock that falls is a programming error")
    func falling() async {
        await #expect(processExitsWith: .failure) {
            _ = BracketedReading(
                before: MonotonicInstant(nanoseconds: 1), utc: UTCInstant(nanoseconds: 0),
                after: MonotonicInstant(nanoseconds: 0))
        }
    }
}
