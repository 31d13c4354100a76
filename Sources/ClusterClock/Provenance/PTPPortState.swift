/// The state of a PTP port (IEEE 1588-2019, table 20).
public enum PTPPortState: Hashable, Sendable, BitwiseCopyable {
    case initializing, faulty, disabled, listening, preMaster, master, passive, uncalibrated, slave
    case other(UInt8)

    public init(rawValue: UInt8) {
        let known: [PTPPortState] = [
            .initializing, .faulty, .disabled, .listening, .preMaster, .master, .passive, .uncalibrated, .slave,
        ]
        self = (1...9).contains(rawValue) ? known[Int(rawValue) - 1] : .other(rawValue)
    }

    /// As linuxptp and IEEE 1588-2008 name it. IEEE 1588g-2022 names a slave TIME_RECEIVER, and a master
    /// TIME_TRANSMITTER.
    public var name: String {
        switch self {
        case .initializing: "INITIALIZING"
        case .faulty: "FAULTY"
        case .disabled: "DISABLED"
        case .listening: "LISTENING"
        case .preMaster: "PRE_MASTER"
        case .master: "MASTER"
        case .passive: "PASSIVE"
        case .uncalibrated: "UNCALIBRATED"
        case .slave: "SLAVE"
        case .other(let number): "\(number)"
        }
    }
}
