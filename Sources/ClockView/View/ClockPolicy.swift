extension ClockView {
    /// Which sources a view trusts.
    public enum Policy: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// The monotonic clock's last sample.
        case trustMonotonicLatest
        /// The last sample of NTP.
        case trustNTPLatest
        /// All samples of NTP, each weighted by the inverse of its variance, carried by the monotonic clock.
        case trustNTPWeighted
        /// The last sample of the wall clock, carried by the monotonic clock.
        case hybridMonotonicRTC
        /// The interval that a majority of the last 15 claims of peers share, each carried by the monotonic clock.
        /// Claims have no names, so one agent that claims often can be the majority.
        case consensusTime
    }
}

extension ClockView {
    /// The belief after a sample; `nil` leaves the belief and its provenance unchanged, because the policy ignores
    /// that source.
    ///
    /// - Parameter earlier: the monotonic sample applied before this one.
    mutating func believe(_ record: Record, earlier: Sample?) -> Time? {
        let sample = record.sample
        switch policy {
        case .trustMonotonicLatest:
            return sample.source == .monotonic ? Time(sample, .monotonic, record.event) : nil
        case .trustNTPLatest:
            return sample.source == .ntp ? Time(sample, .unix, record.event) : nil
        case .trustNTPWeighted:
            return Self.carried(&weighted, record, from: .ntp, earlier)
        case .hybridMonotonicRTC:
            return Self.carried(&anchored, record, from: .rtc, earlier)
        case .consensusTime:
            return Self.carried(&claimed, record, from: .peerClaim, earlier)
        }
    }

    /// The value at the latest monotonic sample of an offset learnt from `source`.
    private static func carried(
        _ offset: inout some CarriedOffset, _ record: Record, from source: Source, _ earlier: Sample?
    ) -> Time? {
        switch record.sample.source {
        case .monotonic:
            // The monotonic clock belongs to another boot: offsets from the last boot are invalid.
            if let earlier, record.sample.valueNanoseconds < earlier.valueNanoseconds { offset.forget() }
            return time(offset, at: record.sample, record.event)
        case source:
            guard let earlier else { return nil }
            offset.learn(record.sample, at: earlier)
            return time(offset, at: earlier, record.event)
        default: return nil
        }
    }

    private static func time(_ offset: some CarriedOffset, at monotonic: Sample, _ event: EventID) -> Time {
        guard let (value, uncertainty) = offset.value(at: monotonic) else { return .unknown }
        return Time(UInt64(clamping: value), uncertainty: UInt64(clamping: uncertainty), .unix, event)
    }
}

extension ClockView.Time {
    fileprivate init(_ sample: ClockView.Sample, _ domain: Domain, _ event: EventID) {
        self.init(sample.valueNanoseconds, uncertainty: sample.uncertaintyNanoseconds, domain, event)
    }
}
