package import TickTime

/// Who stamps for the cluster: the record `primary`.
package struct PrimaryRecord: Hashable, Sendable, Codable {
    package var host: String
    /// The generation of the host's tenure under which it was taken.
    package var generation: Int64
    package var view: Int64

    package init(host: String, generation: Int64, view: Int64) {
        self.host = host
        self.generation = generation
        self.view = view
    }
}

/// The time below which stamps must be: the record `ceiling`. It is saved before the stamps are given, and never falls.
package struct CeilingRecord: Hashable, Sendable, Codable {
    package var view: Int64
    package var utcNanoseconds: Int64

    package init(view: Int64, utc: UTCInstant) {
        self.view = view
        utcNanoseconds = utc.nanoseconds
    }

    package var utc: UTCInstant { UTCInstant(nanoseconds: utcNanoseconds) }
}

/// What this host saw, and keeps on its disk: a store that was restored from a backup goes back.
package struct HighestSeen: Hashable, Sendable, Codable {
    package var view: Int64
    package var stampNanoseconds: Int64

    package init(view: Int64 = 0, stamp: UTCInstant = UTCInstant(nanoseconds: 0)) {
        self.view = view
        stampNanoseconds = stamp.nanoseconds
    }

    package var stamp: UTCInstant { UTCInstant(nanoseconds: stampNanoseconds) }
}
