import Testing
import LinuxService
import TickLinux
import TickTime

@Suite("The watchdog of the service manager")
struct WatchdogKeeperTests {
    private static func at(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    /// The milliseconds at which a watchdog of 400 ms is notified, checked every 20 ms.
    private static func pets(
        through end: Int64, delivered: (Int64) -> Int64, due: (Int64) -> Int64?
    ) -> [Int64] {
        var keeper = WatchdogKeeper(watchdog: .milliseconds(400))
        return stride(from: Int64(0), through: end, by: 20).filter { now in
            keeper.shouldPet(at: at(now), delivered: delivered(now), nextDeadline: due(now).map { at($0) })
        }
    }

    @Test("it is notified at half its interval while ticks are delivered")
    func passing() {
        let pets = Self.pets(through: 1_000) {
            $0 / 40
        } due: {
            $0 + 40
        }
        #expect(pets == [0, 200, 400, 600, 800, 1_000])
    }

    @Test("a missed tick ends the notifications until ticks are delivered again")
    func stall() {
        // Nothing is delivered from 300 ms to 1100 ms, where a tick was due at 320 ms.
        let pets = Self.pets(through: 1_400) {
            $0 < 300 ? $0 / 40 : $0 < 1_100 ? 7 : $0 / 40
        } due: {
            (300..<1_100).contains($0) ? 320 : $0 + 40
        }
        // At 400 ms the last ticks before the stall still count; then there are none.
        #expect(pets == [0, 200, 400, 1_100, 1_300])
    }

    @Test("while no tick is due it is notified, and no longer")
    func waiting() {
        let pets = Self.pets(through: 2_400) { _ in
            1
        } due: { _ in
            1_000
        }
        #expect(pets == [0, 200, 400, 600, 800, 1_000])
    }

    @Test("if no tick will come it is notified")
    func over() {
        #expect(
            Self.pets(through: 400) { _ in
                0
            } due: { _ in
                nil
            } == [0, 200, 400])
    }
}
