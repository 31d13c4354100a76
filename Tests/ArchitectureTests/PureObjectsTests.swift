import Foundation
import TestSupport
import Testing

@Suite("Object files of the pure targets", .requires(.nm))
struct PureObjectsTests {
    /// The undefined symbols of object files, by the name of the file.
    private func undefinedSymbols(of objects: [String]) async throws -> [String: Set<String>] {
        let result = try await RunProcess("/usr/bin/env", ["nm", "--undefined-only", "--print-file-name"] + objects)
            .run()
        try #require(result.exitCode == 0, "nm did not read the object files: \(result.standardError)")
        var symbols: [String: Set<String>] = [:]
        for object in objects { symbols[(object as NSString).lastPathComponent] = [] }
        for line in result.lines {
            guard let colon = line.firstIndex(of: ":"), let symbol = line.split(separator: " ").last else { continue }
            symbols[(String(line[..<colon]) as NSString).lastPathComponent, default: []].insert(String(symbol))
        }
        return symbols
    }

    @Test(
        "no object file of a pure target reads a clock or draws system randomness",
        arguments: ImportRules.pure.union(["PlotPages", "TickReports"]).sorted())
    func pureTargets(target: String) async throws {
        let files = try await undefinedSymbols(of: BuildFolder.objects(of: target))
        #expect(files.values.contains { $0.contains { $0.hasPrefix("$s") } }, "nm showed no Swift symbol at all")
        for (file, symbols) in files {
            let offending = symbols.filter { ReadingSymbols.contains($0) }.sorted()
            #expect(
                offending.isEmpty,
                "\(target)'s \(file) refers to \(offending); have the caller pass the reading or the generator in")
        }
    }

    /// One file each, so that each has its own object file.
    private static let impure = [
        "Monotonic": "import Glibc\npublic func f(_ t: inout timespec) { clock_gettime(CLOCK_MONOTONIC, &t) }",
        "TimeOfDay": "import Glibc\npublic func f(_ t: inout timeval) { gettimeofday(&t, nil) }",
        "Seconds": "import Glibc\npublic func f() -> Int { time(nil) }",
        "ProcessorTime": "import Glibc\npublic func f() -> Int { clock() }",
        "LibcRandom": "import Glibc\npublic func f() -> Int { random() }",
        "LibcRand": "import Glibc\npublic func f() -> Int32 { rand() }",
        "Entropy": "import Glibc\npublic func f(_ p: UnsafeMutableRawPointer) -> Int32 { getentropy(p, 8) }",
        "Device": "import Glibc\npublic func f() -> Int32 { open(\"/dev/urandom\", O_RDONLY) }",
        "Continuous": "public func f() -> ContinuousClock.Instant { .now }",
        "ContinuousMeasure": "public func f() -> Duration { ContinuousClock().measure {} }",
        "Suspending": "public func f() -> SuspendingClock.Instant { SuspendingClock().now }",
        "Sleep": "public func f() async throws { try await Task.sleep(nanoseconds: 1) }",
        "WholeNumber": "public func f() -> Int { .random(in: 0..<9) }",
        "ClosedRange": "public func f() -> UInt8 { .random(in: 0...9) }",
        "Fraction": "public func f() -> Double { .random(in: 0..<1) }",
        "Coin": "public func f() -> Bool { .random() }",
        "Shuffled": "public func f(_ a: [Int]) -> [Int] { a.shuffled() }",
        "Shuffle": "public func f(_ a: inout [Int]) { a.shuffle() }",
        "Element": "public func f(_ a: [Int]) -> Int? { a.randomElement() }",
        "Generator": "public func f() -> UInt64 { var g = SystemRandomNumberGenerator(); return g.next() }",
        "FoundationDate": "import Foundation\npublic func f() -> Date { Date() }",
        "FoundationUUID": "import Foundation\npublic func f() -> UUID { UUID() }",
        "FoundationUptime": "import Foundation\npublic func f() -> Double { ProcessInfo.processInfo.systemUptime }",
        "DispatchNow": "import Dispatch\npublic func f() -> DispatchTime { .now() }",
    ]

    /// Similar code that reads nothing.
    private static let pure = [
        "Seeded": """
        public struct Seeded: RandomNumberGenerator {
            var state: UInt64
            public mutating func next() -> UInt64 { state &*= 6364136223846793005; return state }
        }
        public func f(_ g: inout Seeded, _ a: [Int]) -> [Int] {
            [Int.random(in: 0..<9, using: &g), a.randomElement(using: &g) ?? 0] + a.shuffled(using: &g)
        }
        """,
        "Words": """
        public struct Clock { public var time = 0, random = 0 }
        public func f(_ clock: Clock) -> String { "time \\(clock.time), random \\(clock.random)" }
        """,
    ]

    @Test("each way to read a clock or to draw randomness is caught, and nothing else", arguments: ["-Onone", "-O"])
    func positiveControl(optimization: String) async throws {
        let folder = try TemporaryFolder()
        let cases = Self.impure.merging(Self.pure) { first, _ in first }
        var sources: [String] = []
        // Names in one module differ, so each function is named after its file.
        for (name, source) in cases {
            let named = source.replacing("func f(", with: "func call\(name)(")
            sources.append(try folder.write(named, to: "\(name).swift"))
        }
        for name in ReadingSymbols.cFunctions {
            let source = "@_silgen_name(\"\(name)\") func c_\(name)()\npublic func call_\(name)() { c_\(name)() }"
            sources.append(try folder.write(source, to: "c_\(name).swift"))
        }
        let compiled = try await compile(
            in: folder.url, [optimization, "-c", "-parse-as-library", "-module-name", "Control"] + sources)
        try #require(compiled.exitCode == 0, "\(compiled.standardError)")

        let objects = sources.map { String($0.dropLast("swift".count)) + "o" }
        for (file, symbols) in try await undefinedSymbols(of: objects) {
            let isImpure = Self.pure[String(file.dropLast(2))] == nil
            #expect(
                symbols.contains { ReadingSymbols.contains($0) } == isImpure,
                "\(file) is \(isImpure ? "not caught" : "caught though it is pure") by \(symbols.sorted())")
        }
    }
}
