import ClusterClock
import Testing
import TickTime

@Suite("The kernel's report on its clock")
struct KernelStateTests {
    private static func clock(status: Int64, state: Int64) -> KernelClock {
        KernelClock(
            maximumError: .milliseconds(3), estimatedError: .milliseconds(1), offset: .zero, status: status,
            state: state)
    }

    @Test("a clock is synchronized while neither the state TIME_ERROR nor the bit STA_UNSYNC says otherwise")
    func synchronized() {
        for state in Int64(0)...5 {
            #expect(Self.clock(status: 0x2001, state: state).isSynchronized == (state != 5))
            #expect(!Self.clock(status: 0x2041, state: state).isSynchronized)
        }
    }

    @Test("TIME_INS announces an inserted leap second, and TIME_DEL a deleted one")
    func leapSecond() {
        #expect((Int64(0)...5).map { Self.clock(status: 0, state: $0).pendingLeapSecond } == [0, 1, -1, 0, 0, 0])
    }

    @Test("its error is the kernel's bound, or nobody's, and then the reason names the remedy")
    func error() {
        let known = Self.clock(status: 0x41, state: 5)
        #expect(known.utcError == .milliseconds(3) && known.utcFault == nil)
        let unknown = KernelClock(
            maximumError: .seconds(16), estimatedError: .seconds(16), offset: .zero, status: 0x40, state: 5)
        #expect(unknown.utcError == nil && unknown.utcFault?.contains("chrony") == true)
    }
}
