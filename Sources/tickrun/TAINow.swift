import Glibc
import TickLinux
import TickTime

// The offset between UTC and TAI on this host, and the present on TAI.

extension TAIOffset {
    /// The kernel's offset if it is set, else that of the system's unexpired `leap-seconds.list`,
    /// else the built-in table's. A list that is there and cannot be understood is said so.
    static func ofThisHost(at utc: UTCInstant) -> TAIOffset {
        let kernel = (try? HostProbe.clockState())?.taiOffsetSeconds ?? 0
        return best(kernelSeconds: kernel, list: kernel == 0 ? systemList() : nil, at: utc)
    }

    private static func systemList() -> LeapSecondTable? {
        guard let text = HostProbe.leapSecondsList() else { return nil }
        do {
            return try LeapSecondTable(parsingLeapSecondsList: text)
        } catch {
            Commentary.say("\(error)")
            return nil
        }
    }
}

extension TAIOffsetSource {
    /// For people.
    var explanation: String {
        switch self {
        case .kernel: "the kernel"
        case .leapSecondsList: "the system's leap-seconds.list"
        case .builtIn: "the built-in table, which knows no leap second after 2017-01-01"
        }
    }
}

extension UTCInstant {
    /// System time, CLOCK_REALTIME.
    static func systemNow() throws -> UTCInstant {
        var time = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &time) == 0 else {
            let message = "clock_gettime(CLOCK_REALTIME) failed, errno \(errno)"
            throw CommandFailure(exitCode: .unavailable, message: message)
        }
        return UTCInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
