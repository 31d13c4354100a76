import Testing
import TickScheduling
import TickTime

@testable import TickLinux

@Suite("Clock watch")
struct ClockWatchTests {
    /// An epoch that agrees with the clocks, except for an error of its UTC.
    private func epoch(utcOff: Nanoseconds = .zero) throws -> SessionEpoch {
        let reading = try HostAnchor.capture().reading
        return SessionEpoch(
            utc: reading.utc + utcOff, utcSource: .system, hostUTC: reading.utc + utcOff, monotonic: reading.monotonic,
            uncertainty: reading.uncertainty)
    }

    @Test("clocks that agree with the epoch are no incident")
    func agreement() throws {
        let start = HostClock.monotonic()
        var watch = ClockWatch(epoch: try epoch(), now: start)
        var incidents: [LoopIncident] = []
        for second in 0..<5 { watch.sample(at: start + .seconds(Int64(second))) { incidents.append($0) } }
        watch.finish(at: start + .seconds(5)) { incidents.append($0) }
        // A monotonic rate over the few microseconds that pass here is only uncertainty.
        #expect(incidents.isEmpty)
        let last = try #require(watch.divergence.last)
        #expect(last.utcDivergence.magnitude <= last.bound + Nanoseconds(2))
    }

    @Test("UTC that differs from the epoch is a step of the size of the difference")
    func step() throws {
        let start = HostClock.monotonic()
        var watch = ClockWatch(epoch: try epoch(utcOff: .seconds(7_200)), now: start)
        var incidents: [LoopIncident] = []
        watch.sample(at: start) { incidents.append($0) }
        guard case .clockJump(let jump) = incidents.first else {
            Issue.record("reported: \(incidents)")
            return
        }
        #expect(incidents.count == 1)
        #expect(jump.kind == .step)
        #expect((jump.size + .seconds(7_200)).magnitude <= jump.bound)
        watch.sample(at: start + .seconds(1)) { incidents.append($0) }
        #expect(incidents.count == 1, "a step is told once")
    }

    @Test("UTC is compared every 100 ms, the monotonic rate every second, and not in between")
    func intervals() throws {
        let start = HostClock.monotonic()
        var watch = ClockWatch(epoch: try epoch(), now: start)
        /// Whether a sample at that time read UTC, and how many rates were measured so far.
        func sample(atMilliseconds milliseconds: Int64) -> (Bool, Int) {
            let before = watch.divergence.last
            watch.sample(at: start + .milliseconds(milliseconds)) { _ in }
            return (watch.divergence.last != before, watch.rate.count)
        }
        let samples = [0, 99, 100, 199, 200, 999, 1_000, 1_500, 2_000].map { sample(atMilliseconds: $0) }
        #expect(samples[1].0 == false && samples[3].0 == false)
        #expect(samples.map(\.1) == [0, 0, 0, 0, 0, 0, 1, 1, 2])
        // Two divergences may be equal by chance; a thousand in a row are not.
        #expect(samples[0].0 && (21...1_020).contains { sample(atMilliseconds: $0 * 100).0 })
    }

    @Test("nobody has set the clock")
    func timer() throws {
        var watch = ClockWatch(epoch: try epoch(), now: HostClock.monotonic())
        watch.sample(at: HostClock.monotonic()) { _ in }
        // Some hosts refuse the timer.
        #expect(watch.timesSet ?? 0 == 0)
    }
}
