import ChannelRun
import TickLinux
import TickTime

extension TAIOffset {
    /// The offset of this host. A list of leap seconds that cannot be used is reported.
    static func ofThisHost() -> TAIOffset { HostTAIOffset.current { Commentary.say("\($0)") } }
}

extension TAIOffsetSource {
    /// For people.
    var explanation: String {
        switch self {
        case .kernel: "the kernel"
        case .leapSecondsList: "the system's leap-seconds.list"
        case .expiredLeapSecondsList:
            "an expired leap-seconds.list, which knows a later leap second than the built-in table; update it (tzdata)"
        case .builtIn: "the built-in table, which knows no leap second after 2017-01-01"
        }
    }
}
