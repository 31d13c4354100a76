import Testing
import LinuxService
import TickLinux
import TickTime

@Suite("The watchdog of the service manager")
struct WatchdogKeeperTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// The milliseconds at which a watchdog of 400 ms is petted, asked every 20 ms.
    private static func pets(
        through end: Int64, delivered: (Int64) -> Int64, due: (Int64) -> Int64?
    ) -> [Int64] {
        var keeper = WatchdogKeeper(watchdog: .milliseconds(400))
        return stride(from: Int64(0), through: end, by: 20).filter { now in
            keeper.shouldPet(at: at(now), delivered: delivered(now), nextDeadline: due(now).map { at($0) })
        }
    }

    @Test("it is petted twice as often as it asks while ticks pass")
    func passing() {
        let pets = Self.pets(through: 1_000) {
            $0 / 40
        } due: {
            $0 + 40
        }
        #expect(pets == [0, 200, 400, 600, 800, 1_000])
    }

    @Test("a tick that is missed ends that, until ticks pass again")
    func stall() {
        // Nothing is delivered from 300 ms to 1100 ms, where a tick was due at 320 ms.
        let pets = Self.pets(through: 1_400) {
            $0 < 300 ? $0 / 40 : $0 < 1_100 ? 7 : $0 / 40
        } due: {
            (300..<1_100).contains($0) ? 320 : $0 + 40
        }
        // At 400 the last ticks before the stall are news; then there are none.
        #expect(pets == [0, 200, 400, 1_100, 1_300])
    }

    @Test("while no tick is due it is petted, and no longer than that")
    func waiting() {
        let pets = Self.pets(through: 2_400) { _ in
            1
        } due: { _ in
            1_000
        }
        #expect(pets == [0, 200, 400, 600, 800, 1_000])
    }

    @Test("where no tick is to come it is petted")
    func over() {
        #expect(
            Self.pets(through: 400) { _ in
                0
            } due: { _ in
                nil
            } == [0, 200, 400])
    }
}
