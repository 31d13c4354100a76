import TestSupport
import Testing
import TickReports
import TickTime

@Suite("Quantities as text")
struct QuantityTests {
    @Test(
        "a length has three significant digits and its unit",
        arguments: [
            (0, "0 ns"), (1, "1 ns"), (999, "999 ns"), (1_000, "1.00 µs"), (47_600, "47.6 µs"), (999_400, "999 µs"),
            (3_570_000, "3.57 ms"), (12_345_678, "12.3 ms"), (123_456_789, "123 ms"), (2_000_000_000, "2.00 s"),
            (59_940_000_000, "59.9 s"), (7_200_000_000_000, "7200 s"), (Int64.max, "9223372037 s"),
        ])
    func lengths(count: Int64, text: String) {
        #expect(Quantity.length(Nanoseconds(count)) == text)
    }

    @Test(
        "it is rounded to nearest, halves up, into the next unit if need be",
        arguments: [
            (1_004, "1.00 µs"), (1_005, "1.01 µs"), (9_994, "9.99 µs"), (9_995, "10.0 µs"), (99_949, "99.9 µs"),
            (99_950, "100 µs"), (999_499, "999 µs"), (999_500, "1.00 ms"), (999_500_000, "1.00 s"),
            (7_199_999_999_000, "7200 s"),
        ])
    func rounding(count: Int64, text: String) {
        #expect(Quantity.length(Nanoseconds(count)) == text)
    }

    @Test("a negative length is its opposite with a sign, to the end of the range")
    func negative() {
        #expect(Quantity.length(Nanoseconds(-47_600)) == "-47.6 µs")
        #expect(Quantity.length(Nanoseconds(Int64.min)) == "-9223372037 s")
    }

    @Test("no length is a dash")
    func none() {
        #expect(Quantity.length(Nanoseconds?.none) == "-")
    }

    @Test("a longer length never reads shorter, and none is off by more than half a percent")
    func order() throws {
        var generator = SeededGenerator()
        let units: [String: Double] = ["ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9]
        var last = -1.0
        for count in (0..<5_000).map({ _ in Int64.random(in: 0...(1 << Int64.random(in: 1...62)), using: &generator) })
            .sorted()
        {
            let parts = Quantity.length(Nanoseconds(count)).split(separator: " ")
            let read = try #require(Double(parts[0])) * (try #require(units[String(parts[1])]))
            #expect(read >= last, "seed \(generator.seed), \(count)")
            #expect(abs(read - Double(count)) <= Double(count) * 0.005, "seed \(generator.seed), \(count)")
            last = read
        }
    }

    @Test(
        "parts per billion read as parts per million, always with a sign",
        arguments: [(13, "+0.013 ppm"), (0, "+0.000 ppm"), (-500_001, "-500.001 ppm"), (83_333_000, "+83333.000 ppm")])
    func partsPerMillion(partsPerBillion: Int64, text: String) {
        #expect(Quantity.partsPerMillion(partsPerBillion) == text)
    }

    @Test("a share is in percent with two decimals, and a dash without a total")
    func percent() {
        #expect(Quantity.percent(.milliseconds(1), of: .milliseconds(200)) == "0.50 %")
        #expect(Quantity.percent(.seconds(2), of: .seconds(1)) == "200.00 %")
        #expect(Quantity.percent(Nanoseconds(1), of: .zero) == "-")
    }
}
