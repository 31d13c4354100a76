import TestSupport
import TickReports
import TickTime
import Testing

@testable import stationload

/// The arithmetic of the load generator, and a short run of it.
@Suite("The load generator of a station")
struct StationLoadTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("an answer ends at its length, or at its last chunk, and not before")
    func answers() throws {
        let sized = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{\"a\""
        let head = try #require(WireHead(Self.bytes(sized)))
        #expect(head == WireHead(Self.bytes(sized)) && head.isGood)
        #expect(head.ends(sized.utf8.count, []) && !head.ends(sized.utf8.count - 1, []))
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345"
        let other = try #require(WireHead(Self.bytes(chunked)))
        #expect(other.length == nil && !other.ends(99, Self.bytes("\r\n1234")))
        #expect(other.ends(99, Self.bytes("\r\n0\r\n\r\n")))
        #expect(WireHead(Self.bytes("HTTP/1.1 200 OK\r\nContent-Le")) == nil)
        #expect(WireHead(Self.bytes("HTTP/1.1 503 Service Unavailable\r\n\r\n"))?.isGood == false)
    }

    @Test("the revision of an answer is the one in its header")
    func revisions() {
        let answer = #"{"header":{"cluster_id":"1","revision":"4711","raft_term":"2"},"kvs":[{"mod_revision":"3"}]}"#
        #expect(WireHead.revision(Self.bytes(answer)) == 4_711)
        #expect(WireHead.revision(Self.bytes(#"{"error":"x"}"#)) == nil)
    }

    @Test("CPU times are those of the kernel's files, also for a program with a blank in its name")
    func processorTimes() {
        let ticks = ProcessorTicks(stat: "cpu  10 1 20 60 5 2 2 0 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
        #expect(ticks?.total == 100 && ticks?.busy == 35 && ticks?.waitingForDisk == 5)
        #expect(ProcessorTicks(stat: "intr 1 2\n") == nil)
        let process = "77 (an etcd (x)) S 1 77 77 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 1234 5 6"
        #expect(ProcessorTicks.process(process) == 300)
    }

    private static func step(_ change: (inout LoadStep) -> Void) -> LoadStep {
        var step = LoadStep(hosts: 50, seconds: 10, traffic: StationTraffic(hosts: 50))
        step.rewrites = Array(repeating: 2_000_000, count: 1_000)
        step.readings = Array(repeating: 4_000_000, count: 1_020)
        change(&step)
        return step
    }

    @Test("a step is too much if rewrites need more than ttl/6, readings have no answer, or a right was over")
    func limits() {
        #expect(Self.step { _ in }.excess == nil)
        // One rewrite of a thousand may be late, at exactly ttl/6 it is not.
        #expect(Self.step { $0.rewrites[0] = 500_000_001 }.excess == nil)
        #expect(Self.step { for late in 0..<10 { $0.rewrites[late] = 500_000_000 } }.excess == nil)
        #expect(Self.step { for late in 0..<2 { $0.rewrites[late] = 500_000_001 } }.excess?.contains("late") == true)
        #expect(Self.step { $0.unanswered = 2 }.excess?.contains("0.20 % of the rewrites") == true)
        #expect(Self.step { $0.failedReadings = 3 }.excess?.contains("of the readings") == true)
        #expect(Self.step { $0.lapses = 1 }.excess?.contains("1 rights over") == true)
        #expect(Self.step { $0.withoutTenure = 1 }.excess?.contains("without a tenure") == true)
    }

    @Test("the first limit is named after what there was none left of")
    func bottlenecks() {
        #expect(Self.step { $0.machineBusy = 99 }.bottleneck.hasPrefix("the CPU time of this machine"))
        #expect(Self.step { $0.greatestDelay = 200_000_000 }.bottleneck.hasPrefix("this program"))
        #expect(Self.step { $0.machineWaiting = 40 }.bottleneck.hasPrefix("the disk"))
        #expect(Self.step { _ in }.bottleneck.hasPrefix("neither"))
    }

    @Test("a row has a cell for each column, and the figures are those of a second")
    func rows() {
        let step = Self.step { $0.bytes = 25_000_000 }
        #expect(step.row.count == LoadStep.columns.count)
        #expect(Array(step.row.prefix(5)) == ["50", "100.0", "100.0", "2.0", "2.0"])
        #expect(step.megabytesPerSecond == 2.5 && step.traffic.eventsPerSecond == 5_100)
        #expect(step.json.text.contains(#""rewrite_p99_ns":2000000"#))
        #expect(LoadStep.percentile([3, 1, 2], 50) == 2 && LoadStep.percentile([], 99) == 0)
        #expect(LoadStep.fixed(-0.04, 1) == "0.0" && LoadStep.fixed(12.345, 2) == "12.35")
    }

    @Test(
        "an option that cannot be is refused by name",
        arguments: [
            ["--hosts", "25,10"], ["--hosts", ""], ["--hosts", "0"], ["--seconds", "0"], ["--ttl", "61"], ["--fast"],
        ])
    func refused(arguments: [String]) {
        let fault = #expect(throws: LoadOptions.Fault.self) { try LoadOptions(arguments) }
        #expect(fault?.description.hasPrefix(arguments[0]) == true)
    }

    @Test(
        "a few hosts on a real etcd keep their tenures, with the requests of the formulas",
        .requires(.etcd, .etcdctl))
    func live() async throws {
        let program = RunProcess.built(
            "stationload", ["--hosts", "4", "--members", "1", "--seconds", "4", "--settle", "8", "--json"])
        let result = try await program.run()
        #expect(result.exitCode == 0, "\(result.standardError)")
        let line = try #require(result.lines.first, "\(result.standardError)")
        func figure(_ name: String) -> Double? {
            line.firstRange(of: "\"\(name)\":").flatMap { place in
                Double(line[place.upperBound...].prefix { "0123456789.".contains($0) })
            }
        }
        // At most as on paper, with the rounding of a count of a few seconds. A busy machine brings less, and a tenure
        // that began late brings readings.
        let traffic = StationTraffic(hosts: 4)
        let rewrites = try #require(figure("rewrites_per_second"))
        let readings = try #require(figure("readings_per_second"))
        #expect(rewrites > 0 && rewrites <= traffic.rewritesPerSecond + 1.5, "\(line)")
        #expect(readings > 0 && readings <= 2 * traffic.readingsPerSecond.upperBound, "\(line)")
        #expect(try #require(figure("bytes_per_second")) > 0 && figure("revisions") ?? 0 > 0, "\(line)")
    }
}
