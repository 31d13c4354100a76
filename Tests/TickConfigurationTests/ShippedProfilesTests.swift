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

    @Test("each promises what playout needs: nothing skipped, no stall, no drift, starts early in the frame")
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

    @Test("the folder holds these and no others")
    func complete() throws {
        let names = try ProfileFixtures.names(in: ProfileFixtures.shipped)
        #expect(names == (Self.rates.map(\.name) + ["multi-rate"]).sorted())
    }
}
