import TickScheduling
import TickTime
import Testing

@Suite("Session plans")
struct SessionPlanTests {
    @Test("by default every tick is delivered without end, on time within 1 ms, a backlog crossed above 10 s")
    func defaults() throws {
        let plan = try SessionPlan(rate: .fps25)
        #expect(plan.tickCount == nil && plan.policy == .everyTick)
        #expect(plan.onTimeWithin == .milliseconds(1) && plan.backlogMax == .seconds(10))
    }

    @Test("a plan without ticks is refused", arguments: [0, -1, .min])
    func noTicks(count: Int64) {
        #expect(throws: SessionPlanError.noTicks(count)) { try SessionPlan(rate: .fps25, tickCount: count) }
        #expect(SessionPlanError.noTicks(count).description.hasPrefix("a session of \(count) ticks delivers nothing"))
    }

    @Test("ticks may end where the clock's range does, and no later")
    func clockRange() throws {
        // 2^63 − 1 ns are 9 223 372 036.854 775 807 s: 230 584 300 921.37 frames of 40 ms.
        let most: Int64 = 230_584_300_921
        #expect(try SessionPlan(rate: .fps25, tickCount: most).tickCount == most)
        let refused = SessionPlanError.pastClockRange(tickCount: most + 1, .fps25)
        #expect(throws: refused) { try SessionPlan(rate: .fps25, tickCount: most + 1) }
        #expect(refused.description == "230584300922 ticks at 25 end past the clock's range of 292 years; give fewer")
        #expect(throws: SessionPlanError.pastClockRange(tickCount: .max, .fps25)) {
            try SessionPlan(rate: .fps25, tickCount: .max)
        }
    }

    @Test("a pace is a spacing above 0 and below the period, which at 59.94 is 16 683 333 ns rounded down")
    func spacing() throws {
        for spacing in [1, 16_683_332] {
            let policy = OverduePolicy.paced(spacing: Nanoseconds(Int64(spacing)))
            #expect(try SessionPlan(rate: .fps5994, policy: policy).policy == policy)
        }
        for spacing in [Int64.min, -1, 0, 16_683_333, .max] {
            let error = SessionPlanError.spacing(Nanoseconds(spacing), period: Nanoseconds(16_683_333))
            #expect(throws: error) {
                try SessionPlan(rate: .fps5994, policy: .paced(spacing: Nanoseconds(spacing)))
            }
            #expect(error.description.contains("\(spacing) ns") && error.description.contains("16683333 ns"))
        }
    }

    @Test("the slowest rate that there is has a period too: 4 294 967 295 s")
    func slowest() throws {
        let rate = try FrameRate(1, over: .max)
        let policy = OverduePolicy.paced(spacing: .seconds(4_294_967_294))
        #expect(try SessionPlan(rate: rate, policy: policy).policy == policy)
        #expect(throws: SessionPlanError.self) {
            try SessionPlan(rate: rate, policy: .paced(spacing: .seconds(4_294_967_295)))
        }
    }

    @Test("lengths of 0 are taken, negative ones refused by their name")
    func negative() throws {
        #expect(try SessionPlan(rate: .fps25, onTimeWithin: .zero, backlogMax: .zero).backlogMax == .zero)
        #expect(throws: SessionPlanError.negative("on_time_within", Nanoseconds(-1))) {
            try SessionPlan(rate: .fps25, onTimeWithin: Nanoseconds(-1))
        }
        #expect(throws: SessionPlanError.negative("backlog_max", Nanoseconds(-2))) {
            try SessionPlan(rate: .fps25, backlogMax: Nanoseconds(-2))
        }
        let text = SessionPlanError.negative("backlog_max", Nanoseconds(-2)).description
        #expect(text == "backlog_max of -2 ns is negative; give 0 or more")
    }
}
