public import TickTime

/// Why what a PTP clock states is no evidence about UTC.
public enum PTPDoubt: Error, Hashable, Sendable, BitwiseCopyable {
    /// The port is in another state than SLAVE, so nothing corrects the clock.
    case portState(PTPPortState)
    /// No sync of the parent counts.
    case noSync
    /// The last sync is this old.
    case oldSync(Nanoseconds)
    /// The parent or the grandmaster changed within the window.
    case newParent
    /// The grandmaster's class is neither 6 (locked to a primary reference) nor 7 (in holdover).
    case clockClass(UInt8)
    /// The grandmaster is in holdover (class 7), and the operator states no error for that.
    case holdover
    /// The grandmaster says that its time is not traceable.
    case untraceable
    /// The grandmaster's time scale is arbitrary (ARB).
    case arbitraryTimescale
    /// The grandmaster says that its offset from UTC is not valid.
    case utcOffsetInvalid
    /// The grandmaster announces another TAI − UTC than the leap seconds that this host knows give.
    case utcOffset(announced: Int16, known: Int16)
    /// The grandmaster announces PTP's time scale, and its time is UTC.
    case sendsUTC
    /// The exchanges of the window contradict each other: the clock was set, or the parent's time jumped.
    case contradiction
    /// There is an offset, and no times of exchanges that bound it.
    case noExchanges
    /// The exchanges are stamped with a hardware clock, and nothing compares that with CLOCK_REALTIME.
    case hardwareStamps
    /// ptp4l does not say which clock it stamps the exchanges with.
    case unknownStamps
    /// The grandmaster's accuracy states nothing.
    case accuracy(UInt8)
    /// Other clocks stand between this host and the grandmaster, and the operator states no error for them.
    case hops(UInt16)

    /// Whether an error is missing, rather than a chain to UTC.
    var isUnstated: Bool {
        switch self {
        case .contradiction, .noExchanges, .accuracy, .hops, .holdover, .hardwareStamps, .unknownStamps: true
        default: false
        }
    }

    /// What it is, and the remedy.
    var text: String {
        switch self {
        case .portState(let state):
            "the port is \(state.name), not SLAVE; check that the grandmaster is reached, in this domain"
        case .noSync: "no sync message counts; check that the grandmaster is reached, in this domain"
        case .oldSync(let age):
            "the last sync is \(age.count / 1_000_000) ms old; check that the grandmaster is reached"
        case .newParent: "the parent or the grandmaster has just changed; ask again in some seconds"
        case .clockClass(let number):
            "the grandmaster's class is \(number), and only 6 follows a primary reference; check its reference"
        case .holdover:
            "the grandmaster is in holdover (class 7); check its reference, or state its error in holdover"
        case .untraceable: "the grandmaster's time is not traceable; check its reference"
        case .arbitraryTimescale:
            "the grandmaster's time scale is arbitrary, not PTP's; configure the grandmaster for PTP time"
        case .utcOffsetInvalid:
            "the grandmaster's offset from UTC is not valid; configure it, or its reference"
        case .utcOffset(let announced, let known):
            "the grandmaster announces TAI - UTC = \(announced) s, and \(known) s is known here; update tzdata, or "
                + "correct the grandmaster"
        case .sendsUTC:
            "the grandmaster announces PTP's time scale and sends UTC; correct the grandmaster"
        case .contradiction:
            "the exchanges contradict each other, because a clock was set or jumped; ask again in some seconds"
        case .noExchanges:
            "ptp4l's offset is an estimate, and no times of exchanges with the parent bound it; name the "
                + "slave_event_monitor of its configuration, and check that syncs and answers to delay requests come"
        case .hardwareStamps:
            "ptp4l stamps with the interface's hardware clock, and this version does not compare that with "
                + "CLOCK_REALTIME; use a peer exchange or NTP beside it"
        case .unknownStamps:
            "ptp4l does not say which clock it stamps with (PORT_PROPERTIES_NP); use linuxptp 2 or later"
        case .accuracy(let code):
            "the grandmaster's accuracy is 0x\(String(code, radix: 16)), which states no error; configure its accuracy"
        case .hops(let steps):
            "the grandmaster is \(steps) steps away, and PTP does not carry the error of the clocks between; state the "
                + "error of a hop"
        }
    }
}
