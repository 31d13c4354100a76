import ClusterClock
import Testing
import TickTime

@Suite("Peers that are lost, and back")
struct PeerPresenceTests {
    private static func at(_ milliseconds: Int64) -> BootInstant {
        BootInstant(nanoseconds: 1_000_000_000) + .milliseconds(milliseconds)
    }

    private static let id = NodeID(rawValue: 3)

    @Test("a peer that is silent for eight polls is lost once, and back once with its next answer")
    func lostAndBack() {
        var presence = PeerPresence()
        var changes: [(Int64, PeerPresence.Change)] = []
        for milliseconds in stride(from: Int64(0), through: 20_000, by: 500) {
            let heard = milliseconds <= 5_000 ? milliseconds : milliseconds < 12_000 ? 5_000 : milliseconds
            let found = presence.look([(Self.id, Self.at(heard))], at: Self.at(milliseconds))
            changes += found.map { (milliseconds, $0) }
        }
        #expect(changes.map(\.0) == [9_000, 12_000])
        #expect(changes.first?.1 == .lost(Self.id, silence: .seconds(4)))
        #expect(changes.last?.1 == .back(Self.id, silence: .seconds(7)))
    }

    @Test("a peer that never answered is lost after the same time, counted from the first check")
    func never() {
        var presence = PeerPresence()
        for milliseconds in stride(from: Int64(0), to: 4_000, by: 500) {
            #expect(presence.look([(Self.id, nil)], at: Self.at(milliseconds)).isEmpty)
        }
        #expect(presence.look([(Self.id, nil)], at: Self.at(4_000)) == [.lost(Self.id, silence: .seconds(4))])
        #expect(presence.look([(Self.id, nil)], at: Self.at(9_000)).isEmpty)
        #expect(
            presence.look([(Self.id, Self.at(9_400))], at: Self.at(9_500)) == [
                .back(Self.id, silence: .milliseconds(9_400))
            ])
    }

    @Test(
        "how long a peer may be silent follows from how often it is polled, and is a second at least",
        arguments: [(10, 1_000), (100, 1_000), (500, 4_000), (10_000, 80_000)] as [(Int64, Int64)])
    func interval(polledEvery: Int64, lostAfter: Int64) {
        var presence = PeerPresence(polledEvery: Nanoseconds(polledEvery * 1_000_000))
        // It answers every poll for a while, the last at 100 s, and is never lost.
        for milliseconds in stride(from: Int64(0), through: 100_000, by: 500) {
            let heard = milliseconds / polledEvery * polledEvery
            #expect(presence.look([(Self.id, Self.at(heard))], at: Self.at(milliseconds)).isEmpty)
        }
        let before = presence.look([(Self.id, Self.at(100_000))], at: Self.at(100_000 + lostAfter - 1))
        #expect(before.isEmpty)
        let after = presence.look([(Self.id, Self.at(100_000))], at: Self.at(100_000 + lostAfter))
        #expect(after == [.lost(Self.id, silence: Nanoseconds(lostAfter * 1_000_000))])
    }
}
