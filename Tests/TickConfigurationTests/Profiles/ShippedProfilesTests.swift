import Testing
import TickScheduling
import TickTime

@testable import TickConfiguration

@Suite("Shipped profiles")
struct ShippedProfilesTests {
    static let rates: [(name: String, rate: String)] = [
        ("film-23.976", "24000/1001"), ("film-24", "24"), ("pal-25", "25"), ("ntsc-29.97", "30000/1001"),
        ("fps-30", "30"),
        ("film-47.952", "48000/1001"), ("film-48", "48"), ("pal-50", "50"), ("ntsc-59.94", "60000/1001"),
        ("fps-60", "60"),
        ("fps-100", "100"), ("ntsc-119.88", "120000/1001"), ("fps-120", "120"), ("aes67-1ms", "1000"),
    ]

    @Test("each runs one session at its exact rate for ten seconds", arguments: rates)
    func single(name: String, rate: String) throws {
        let profile = try ProfileFixtures.profile(name)
        #expect(profile.name == name)
        #expect(profile.sessions.map(\.rate.description) == [rate])
        #expect(profile.sessions.map(\.length) == [.duration(.seconds(10))])
        #expect(profile.wait == .hybrid)
        #expect(profile.description?.isEmpty == false)
    }

    @Test("each requires what playout needs: nothing skipped, no stall, no drift, starts early in the frame")
    func serviceLevels() throws {
        for name in Self.rates.map(\.name) + ["multi-rate"] {
            for session in try ProfileFixtures.profile(name).sessions where session.policy != .skip {
                let levels = session.serviceLevels
                #expect(levels[.skippedTicks] == 0 && levels[.stallTicks] == 0 && levels[.drift] == 0, "\(name)")
                #expect(levels[.startLatenessP99].map { $0 <= 5_000_000 } == true, "\(name)")
            }
        }
    }

    @Test("one runs sessions of different rates under every policy")
    func multiRate() throws {
        let sessions = try ProfileFixtures.profile("multi-rate").sessions
        #expect(Set(sessions.map(\.rate)).count == sessions.count)
        #expect(Set(sessions.map(\.policy.name)) == ["everyTick", "skip", "paced"])
    }

    @Test("the folder holds only these")
    func complete() throws {
        let names = try ProfileFixtures.names(in: ProfileFixtures.shipped)
        #expect(names == (Self.rates.map(\.name) + ["multi-rate", "blocks-60s", "day-24h"]).sorted())
    }

    @Test("one plans a day of eight channels, whole and without a gap, at six rates and more")
    func day() throws {
        let sessions = try ProfileFixtures.profile("day-24h").sessions
        #expect(sessions.count == 8 && Set(sessions.map(\.rate)).count >= 6)
        for session in sessions {
            #expect(session.channel.planLength == .seconds(86_400), "\(session.id)")
            #expect(session.channel.planStart == .timeOfDay(.midnight))
            #expect(session.channel.blocks.count > 40)
        }
        #expect(sessions.contains { $0.channel.lead > .zero } && sessions.contains { $0.channel.succeedAt != nil })
        #expect(
            sessions.contains { $0.channel.dailyJam != nil } && sessions.contains { $0.channel.atPlanEnd == .continue })
    }

    @Test("one shows a minute of blocks, a label to start at and a successor, and ends with its plan")
    func blocks() throws {
        let session = try #require(try ProfileFixtures.profile("blocks-60s").sessions.first)
        #expect(session.length == nil && session.tickCount == nil && session.channel.planLength == .seconds(60))
        #expect(session.channel.expandedBlocks.map(\.id) == ["programme", "spot-1", "spot-2", "trail"])
        #expect(session.channel.succeedAt == .afterEpoch(.seconds(20)) && session.channel.primingTicks == 60)
        let timecode = try session.sessionTimecode(epoch: UTCInstant(nanoseconds: 0))
        #expect(timecode?.label(ofTick: 1).description == "10:00:00;01")
    }
}
