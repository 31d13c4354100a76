import Testing

@testable import bench

@Suite struct ContenderTests {
    /// What cyclictest 2.40 printed for `-m -p 80 -i 1000 -l 3 -N -v -q`.
    static let cyclictestOutput = """
        Max CPUs = 2
        Online CPUs = 2
        # /dev/cpu_dma_latency set to 0us
        Thread 0 Interval: 1500
               0:       0:   23643
               0:       1:   21860
               0:       2:   51194
        T: 0 (  764) P:80 I:1000 C:      3 Min:  21860 Act:   51194 Avg:   32232 Max:   51194
        """

    @Test("of cyclictest's output its latencies are read, and neither header nor summary")
    func cyclictest() throws {
        #expect(try Contender.cyclictest.samples(in: Self.cyclictestOutput, ticks: 3) == [23643, 21860, 51194])
    }

    @Test("of our own output start and wake latencies are read apart")
    func ours() throws {
        let output = "12\n13\nwoke 3\n"
        #expect(try Contender.hybrid.samples(in: output, ticks: 2) == [12, 13])
        #expect(Contender.hybrid.wakeLatencies(in: output) == [3])
        #expect(Contender.cyclictest.wakeLatencies(in: Self.cyclictestOutput) == nil)
    }

    @Test("a latency missing from the output is an error, not a shorter turn")
    func missingLatency() {
        #expect(throws: BenchError.self) {
            try Contender.cyclictest.samples(in: Self.cyclictestOutput, ticks: 4)
        }
        #expect(throws: BenchError.self) { try Contender.cNanosleep.samples(in: "12\n13\n", ticks: 3) }
    }

    @Test("a line that is no number is an error that shows it")
    func strangeLine() {
        let error = #expect(throws: BenchError.self) {
            try Contender.hybrid.samples(in: "12\nkilled\n", ticks: 2)
        }
        #expect(error?.description.contains("killed") == true)
    }

    @Test("what sleeps runs at the priority asked for, what spins under SCHED_OTHER")
    func policies() throws {
        let options = try JitterOptions(try Arguments(["--fifo", "70", "--cpu", "0"], valued: JitterOptions.valued))
        #expect(Contender.hybrid.policy(in: options) == "FIFO 70")
        #expect(Contender.cyclictest.policy(in: options) == "FIFO 70")
        #expect(Contender.spin.policy(in: options) == "OTHER")
        #expect(Contender.cSpin.policy(in: options) == "OTHER")
    }

    @Test("in as many rounds as there are contenders, each is at each place once")
    func rotation() {
        let orders = Contender.allCases.indices.map(JitterRun.order)
        for place in Contender.allCases.indices {
            #expect(Set(orders.map { $0[place] }).count == Contender.allCases.count)
        }
        #expect(orders.allSatisfy { Set($0).count == Contender.allCases.count })
    }
}
