import TickLinux
import TickTime

extension TAIOffset {
    /// The offset of this host. A leap-second list that is there and cannot be understood is said so.
    static func ofThisHost() -> TAIOffset { HostTAIOffset.current { Commentary.say("\($0)") } }
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
