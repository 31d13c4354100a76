// The bound on UTC that a PTP clock gives:
//
//     UTC − local  ∈  (parent − local)  ⊕ grandmaster's accuracy  ⊕ steps · error of a hop  − (TAI − UTC)
//
// It is referenced only if the port is SLAVE, the exchanges are those of one parent, the grandmaster's class is 6, or 7
// with an error in holdover that the operator states, its time is traceable and on PTP's time scale, and its TAI − UTC
// is valid and the one that is known here.

public import ClusterClock
public import TickTime

/// What a PTP clock says at one instant, in the answers to one round of questions.
public struct PTPStatus: Hashable, Sendable {
    public var port: PTPDataSet.Port
    public var parent: PTPDataSet.Parent
    public var current: PTPDataSet.Current
    public var timeProperties: PTPDataSet.TimeProperties
    public var timeStatus: PTPDataSet.TimeStatus
    /// Which clock the exchanges are stamped with; `nil` if ptp4l does not say.
    public var stamping: PTPStamping?
    /// The port's interface; `nil` if ptp4l does not say.
    public var interface: String?

    public init(
        port: PTPDataSet.Port, parent: PTPDataSet.Parent, current: PTPDataSet.Current,
        timeProperties: PTPDataSet.TimeProperties, timeStatus: PTPDataSet.TimeStatus, stamping: PTPStamping?,
        interface: String? = nil
    ) {
        self.port = port
        self.parent = parent
        self.current = current
        self.timeProperties = timeProperties
        self.timeStatus = timeStatus
        self.stamping = stamping
        self.interface = interface
    }
}

/// What only the operator knows of a PTP network.
public struct PTPStatedErrors: Hashable, Sendable {
    /// The error that each step to the grandmaster adds; PTP does not carry it. `nil`: only a grandmaster that is the
    /// parent itself gives a bound.
    public var hop: Nanoseconds?
    /// How far a grandmaster of class 7 may be off; `nil`: holdover gives no bound.
    public var holdover: Nanoseconds?

    public init(hop: Nanoseconds? = nil, holdover: Nanoseconds? = nil) {
        self.hop = hop
        self.holdover = holdover
    }
}

extension PTPClockQuality {
    /// The error that the accuracy's code states (IEEE 1588-2019, table 5), rounded up to a nanosecond; `nil` for the
    /// codes that state none.
    public var accuracyBound: Nanoseconds? {
        let steps: [Int64] = [
            1, 1, 1, 1, 1, 1, 1, 3, 10,  // 0x17 to 0x1F: 1 ps to 10 ns
            25, 100, 250, 1_000, 2_500, 10_000, 25_000, 100_000, 250_000,  // 0x20 to 0x28
            1_000_000, 2_500_000, 10_000_000, 25_000_000, 100_000_000, 250_000_000,  // 0x29 to 0x2E
            1_000_000_000, 10_000_000_000,  // 0x2F, 0x30
        ]
        return (0x17...0x30).contains(accuracy) ? Nanoseconds(steps[Int(accuracy) - 0x17]) : nil
    }
}

extension PTPStatus {
    /// The bound on UTC, with its provenance.
    ///
    /// - Parameters:
    ///   - window: the exchanges with the parent; `follow` was called with this status.
    ///   - table: the leap seconds that this host knows.
    ///   - now: BOOTTIME.
    ///   - utc: about now, for the table.
    public func bound(
        by window: PTPWindow, stated: PTPStatedErrors = PTPStatedErrors(), leapSeconds table: LeapSecondTable,
        at now: BootInstant, utc: UTCInstant
    ) -> SourcedBound {
        // Without bounds, what ptp4l estimates is shown: its offset is of the clock that it stamps with against its
        // parent's time, from which it has taken TAI − UTC where that clock shows UTC.
        let estimate = Nanoseconds(-timeStatus.offset.clamped)
        do throws(PTPDoubt) {
            try checkTraceability(stated, table, utc)
            try checkStamps()
            let error = try networkError(stated)
            let parent = try window.interval(at: now)
            let ahead = parent.widened(by: error).moved(back: utcOffset)
            // UTC under the name of PTP's time: the parent shows the local clock's second, and not TAI's.
            if timeProperties.utcOffset > 1, parent.middle.magnitude < .milliseconds(500) { throw .sendsUTC }
            return SourcedBound(ptpOffset: ahead.middle, claim: ahead, doubt: nil)
        } catch {
            let exchanges = try? { () throws(PTPDoubt) in
                try checkStamps()
                return try window.interval(at: now).widened(by: networkError(stated))
            }()
            let claim = exchanges?.moved(back: utcOffset)
            return SourcedBound(ptpOffset: claim?.middle ?? estimate, claim: claim, doubt: error)
        }
    }

    private var utcOffset: Nanoseconds {
        timeProperties.isPTPTimescale
            ? Nanoseconds.seconds(1).saturatingTimes(Int64(timeProperties.utcOffset)) : .zero
    }

    private func checkTraceability(
        _ stated: PTPStatedErrors, _ table: LeapSecondTable, _ utc: UTCInstant
    ) throws(PTPDoubt) {
        guard port.state == .slave else { throw .portState(port.state) }
        // It stays set without a grandmaster; only the time of the last sync is cleared.
        guard timeStatus.hasGrandmaster, timeStatus.ingress != 0 else { throw .noSync }
        switch parent.quality.clockClass {
        case 6: break
        case 7: if stated.holdover == nil { throw .holdover }
        case let other: throw .clockClass(other)
        }
        guard timeProperties.isTimeTraceable else { throw .untraceable }
        guard timeProperties.isPTPTimescale else { throw .arbitraryTimescale }
        guard timeProperties.isUTCOffsetValid else { throw .utcOffsetInvalid }
        let known = table.offset(at: utc)
        guard known == Int64(timeProperties.utcOffset) else {
            throw .utcOffset(announced: timeProperties.utcOffset, known: Int16(clamping: known))
        }
    }

    /// Exchanges with stamps of another clock do not bound CLOCK_REALTIME.
    private func checkStamps() throws(PTPDoubt) {
        guard let stamping else { throw .unknownStamps }
        guard stamping == .software else { throw .hardwareStamps }
    }

    /// How far the parent's clock may be off UTC.
    private func networkError(_ stated: PTPStatedErrors) throws(PTPDoubt) -> Nanoseconds {
        guard let accuracy = parent.quality.accuracyBound else { throw .accuracy(parent.quality.accuracy) }
        var error = accuracy
        if parent.quality.clockClass == 7, let holdover = stated.holdover { error = max(error, holdover) }
        if let hop = stated.hop {
            error = error +| hop.saturatingTimes(Int64(current.stepsRemoved))
        } else if current.stepsRemoved > 1 {
            throw .hops(current.stepsRemoved)
        }
        return error
    }
}

extension OffsetInterval {
    fileprivate func moved(back length: Nanoseconds) -> OffsetInterval {
        OffsetInterval(lower -| length, upper -| length)
    }
}

extension Int64 {
    /// Its negative exists.
    fileprivate var clamped: Int64 { self == .min ? .min + 1 : self }
}
