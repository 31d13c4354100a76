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

    @Test("a peer that was never heard is lost after as long, counted from the first look")
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
}
