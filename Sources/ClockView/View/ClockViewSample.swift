extension ClockView {
    /// Which clock was read.
    public enum Source: String, Hashable, Sendable, CaseIterable, BitwiseCopyable {
        /// CLOCK_MONOTONIC of one boot of one host.
        case monotonic = "Monotonic"
        /// The host's wall clock. Its error is unknown, because anything may set it.
        case rtc = "Rtc"
        /// UTC from a synchronized source, with its bound.
        case ntp = "Ntp"
        /// UTC as another agent states it.
        case peerClaim = "PeerClaim"
    }

    /// One reading of one clock, as an observation records it.
    public struct Sample: Hashable, Sendable, BitwiseCopyable {
        public let source: Source
        /// Nanoseconds: since the boot for `monotonic`, since 1970-01-01T00:00:00Z for all others.
        public let valueNanoseconds: UInt64
        /// The source states that the true value differs by at most this many nanoseconds.
        public let uncertaintyNanoseconds: UInt64

        public init(_ source: Source, _ valueNanoseconds: UInt64, uncertainty: UInt64) {
            self.source = source
            self.valueNanoseconds = valueNanoseconds
            self.uncertaintyNanoseconds = uncertainty
        }

        /// - Throws: `CBORError` if the payload is not exactly the map of the three fields.
        public init(decoding payload: [UInt8]) throws(CBORError) {
            // A sample has one encoding. Any other payload is read again as CBOR, to say what is wrong with it.
            if let sample = Self.wellFormed(payload.span) {
                self = sample
                return
            }
            var reader = CBORReader(payload)
            self = try reader.map { (map) throws(CBORError) in
                try map.require("source")
                let source = try map.source()
                let value = try map.unsigned("value_ns")
                return Sample(source, value, uncertainty: try map.unsigned("uncertainty_ns"))
            }
            try reader.finish()
        }

        /// The payload of an observation: the deterministic CBOR of the three fields.
        public var encoded: [UInt8] {
            var writer = CBORWriter(reserving: 64)
            writer.sample(self)
            return writer.take()
        }
    }
}

extension CBORWriter {
    /// The map of a sample's three fields.
    public mutating func sample(_ sample: ClockView.Sample) {
        map { map in
            map.key("source", sample.source.rawValue)
            map.key("value_ns", unsigned: sample.valueNanoseconds)
            map.key("uncertainty_ns", unsigned: sample.uncertaintyNanoseconds)
        }
    }
}

extension EventEnvelope {
    /// The observation of a clock.
    public init(_ sample: ClockView.Sample, parents: [EventID] = []) {
        self.init(parents: parents, payload: sample.encoded, observationType: .clockSample)
    }
}

extension CBORMapReader {
    /// The source that a text names, found without creating a string.
    fileprivate mutating func source() throws(CBORError) -> ClockView.Source {
        let start = position
        let text = try textBytes()
        if holds("Monotonic", at: text) { return .monotonic }
        if holds("Rtc", at: text) { return .rtc }
        if holds("Ntp", at: text) { return .ntp }
        if holds("PeerClaim", at: text) { return .peerClaim }
        throw CBORError(.outOfRange("source"), at: start)
    }
}
