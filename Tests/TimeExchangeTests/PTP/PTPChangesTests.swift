import Testing
import TickTime
import TimeExchange

@Suite("Changes at a PTP clock")
struct PTPChangesTests {
    private static let first = PTPClockIdentity(rawValue: 1)
    private static let second = PTPClockIdentity(rawValue: 2)
    private static func at(_ milliseconds: Int64) -> BootInstant { BootInstant(nanoseconds: milliseconds * 1_000_000) }

    @Test("the first bound is reported, and what goes on is not")
    func begins() {
        var changes = PTPChanges()
        #expect(changes.take(grandmaster: Self.first, fault: "no sync", at: Self.at(0)).isEmpty)
        #expect(
            changes.take(grandmaster: Self.first, fault: nil, at: Self.at(900)) == [.bounds(grandmaster: Self.first)])
        #expect(changes.take(grandmaster: Self.first, fault: nil, at: Self.at(10_000)).isEmpty)
    }

    @Test("a loss is reported once, when it has lasted for 3 s, with its last reason; so is the return")
    func loss() {
        var changes = PTPChanges()
        _ = changes.take(grandmaster: Self.first, fault: nil, at: Self.at(0))
        #expect(changes.take(grandmaster: Self.first, fault: "old", at: Self.at(1_000)).isEmpty)
        #expect(changes.take(grandmaster: Self.first, fault: "old", at: Self.at(3_999)).isEmpty)
        #expect(changes.take(grandmaster: nil, fault: "gone", at: Self.at(4_000)) == [.lost("gone")])
        #expect(changes.take(grandmaster: nil, fault: "gone", at: Self.at(9_000)).isEmpty)
        #expect(
            changes.take(grandmaster: Self.first, fault: nil, at: Self.at(9_100)) == [.bounds(grandmaster: Self.first)])
        // A gap that is shorter is no loss.
        _ = changes.take(grandmaster: Self.first, fault: "old", at: Self.at(9_200))
        #expect(changes.take(grandmaster: Self.first, fault: nil, at: Self.at(12_000)).isEmpty)
        #expect(changes.take(grandmaster: Self.first, fault: "old", at: Self.at(14_000)).isEmpty)
    }

    @Test("another grandmaster is reported at once, also after a loss; the window that fills again is no loss")
    func grandmaster() {
        var changes = PTPChanges()
        _ = changes.take(grandmaster: Self.first, fault: nil, at: Self.at(0))
        let change = PTPChange.grandmaster(from: Self.first, to: Self.second)
        #expect(changes.take(grandmaster: Self.second, fault: "new", at: Self.at(100)) == [change])
        #expect(changes.take(grandmaster: Self.second, fault: nil, at: Self.at(1_200)).isEmpty)
        _ = changes.take(grandmaster: nil, fault: "gone", at: Self.at(2_000))
        _ = changes.take(grandmaster: nil, fault: "gone", at: Self.at(6_000))
        #expect(
            changes.take(grandmaster: Self.first, fault: nil, at: Self.at(7_000)) == [
                .grandmaster(from: Self.second, to: Self.first), .bounds(grandmaster: Self.first),
            ])
    }
}
