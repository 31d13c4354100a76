import ClusterClock
import Testing
import TickLinux
import TickTime

/// libc's other call for the kernel's clock. Glibc's module map lacks its header.
private struct NTPTime {
    var seconds = 0
    var microseconds = 0
    var maximumError = 0
    var estimatedError = 0
    var taiOffset = 0
    var reserved: (Int, Int, Int, Int) = (0, 0, 0, 0)
}

@_silgen_name("ntp_gettimex")
private func readNTPTime(_ time: UnsafeMutablePointer<NTPTime>) -> Int32

@Suite("The kernel's clock")
struct KernelClockTests {
    @Test("state, errors and TAI offset are those that ntp_gettime gives")
    func state() throws {
        var (before, after) = (NTPTime(), NTPTime())
        _ = unsafe readNTPTime(&before)
        let clock = try KernelClock.read()
        let state = unsafe readNTPTime(&after)
        #expect(clock.taiOffsetSeconds == Int64(before.taiOffset))
        // The maximum error grows by the second, unless a time daemon updates it.
        if before.maximumError == after.maximumError {
            #expect(clock.maximumError == .microseconds(Int64(before.maximumError)))
        }
        if before.estimatedError == after.estimatedError {
            #expect(clock.estimatedError == .microseconds(Int64(before.estimatedError)))
        }
        // The kernel returns TIME_ERROR (5) while it is unsynchronized.
        #expect(clock.isSynchronized == (state != 5))
        #expect(clock.pendingLeapSecond == (state == 1 ? 1 : state == 2 ? -1 : 0))
    }

    @Test("the rate correction stays within the kernel's 500 ppm")
    func frequency() throws {
        #expect(try KernelClock.read().frequencyPartsPerBillion.magnitude <= 500_000)
    }
}
