import Testing
import TickScheduling
import TickTime

@testable import TickConfiguration

@Suite("Validating a profile made in code")
struct ProfileValidationTests {
    private func profile(_ change: (inout Profile) -> Void) -> Profile {
        var profile = Profile(name: "p", sessions: [SessionProfile(id: "s", rate: .fps25, length: .ticks(1))])
        change(&profile)
        return profile
    }

    /// The places that `validate` complains of.
    private func faults(_ change: (inout Profile) -> Void) -> [String] {
        do {
            try profile(change).validate(file: "options")
            return []
        } catch {
            return error.kind == .content ? error.problems.map(\.path) : ["another kind of error"]
        }
    }

    @Test("a valid profile is accepted")
    func accepted() { #expect(faults { _ in } == []) }

    @Test("a value that a file cannot hold is refused in code too")
    func ranges() {
        #expect(faults { $0.name = "" } == ["name"])
        #expect(faults { $0.description = "a\nb" } == ["description"])
        #expect(faults { $0.spinBudgetPercent = 0 } == ["spin_budget_percent"])
        #expect(faults { $0.realtime.fifoPriority = 100 } == ["fifo_priority"])
        #expect(faults { $0.realtime.cpu = -1 } == ["cpu"])
        #expect(faults { $0.sessions = [] } == ["sessions"])
        #expect(faults { $0.sessions[0].id = "" } == ["sessions[0].id"])
        #expect(faults { $0.sessions[0].onTimeWithin = Nanoseconds(-1) } == ["sessions[0].on_time_within_ns"])
        #expect(faults { $0.sessions[0].backlogMax = .zero } == ["sessions[0].backlog_max_ns"])
        #expect(faults { $0.sessions[0].work = .seconds(3_601) } == ["sessions[0].work_ns"])
        #expect(faults { $0.sessions[0].serviceLevels[.drift] = -1 } == ["sessions[0].drift_ns_max"])
        #expect(faults { $0.sessions[0].length = .ticks(0) } == ["sessions[0].ticks"])
        #expect(faults { $0.sessions[0].length = .duration(Nanoseconds(-1)) } == ["sessions[0].duration"])
        #expect(faults { $0.sessions[0].timecode = .drop } == ["sessions[0].timecode"])
        #expect(faults { $0.sessions.append($0.sessions[0]) } == ["sessions[1].id"])
    }

    /// The greatest spacing below a period, by hand: 40 ms at 25 fps; 1001/60 000 s is 16 683 333.3 ns.
    @Test(
        "the spacing of paced lies above 0 and below the period",
        arguments: [
            (FrameRate.fps25, 39_999_999), (.fps5994, 16_683_333), (.aes67Millisecond, 999_999), (.fps24, 41_666_666),
        ] as [(FrameRate, Int64)])
    func spacing(rate: FrameRate, greatest: Int64) {
        func faults(_ spacing: Int64) -> [String] {
            self.faults {
                $0.sessions[0].rate = rate
                $0.sessions[0].policy = .paced(spacing: Nanoseconds(spacing))
            }
        }
        #expect(faults(1) == [])
        #expect(faults(greatest) == [])
        #expect(faults(greatest + 1) == ["sessions[0].paced_spacing_ns"])
        #expect(faults(0) == ["sessions[0].paced_spacing_ns"])
        #expect(faults(.min) == ["sessions[0].paced_spacing_ns"])
        #expect(faults(.max) == ["sessions[0].paced_spacing_ns"])
    }

    /// 100 years are 3 155 760 000 s: 78 894 000 000 ticks at 25 fps.
    @Test("a run lasts a hundred years at most, in ticks as in time")
    func longest() throws {
        let slowest = try FrameRate(1, over: .max)
        #expect(faults { $0.sessions[0].length = .ticks(78_894_000_000) } == [])
        #expect(faults { $0.sessions[0].length = .ticks(78_894_000_001) } == ["sessions[0].ticks"])
        #expect(faults { $0.sessions[0].length = .ticks(.max) } == ["sessions[0].ticks"])
        #expect(faults { $0.sessions[0].length = .duration(Profile.longestRun) } == [])
        #expect(faults { $0.sessions[0].length = .duration(Nanoseconds(.max)) } == ["sessions[0].duration"])
        // One tick of 136 years.
        #expect(
            faults {
                $0.sessions[0].rate = slowest
                $0.sessions[0].timecode = .none
                $0.sessions[0].length = .ticks(1)
            } == ["sessions[0].ticks"])
    }

    /// ceil(duration · rate), by hand: 10 s · 59.94… = 599.4…; one nanosecond more than 2 s is 51 ticks of 25 fps.
    @Test(
        "a run of a duration has the ticks that a block of that length owns",
        arguments: [
            (FrameRate.fps5994, 10_000_000_000, 600), (.fps25, 2_000_000_000, 50), (.fps25, 2_000_000_001, 51),
            (.fps25, 1, 1), (.fps2997, 30_000_000_000, 900), (.aes67Millisecond, 86_400_000_000_000, 86_400_000),
        ] as [(FrameRate, Int64, Int64)])
    func tickCount(rate: FrameRate, duration: Int64, ticks: Int64) {
        let session = SessionProfile(id: "s", rate: rate, length: .duration(Nanoseconds(duration)))
        #expect(session.tickCount == ticks)
    }
}
