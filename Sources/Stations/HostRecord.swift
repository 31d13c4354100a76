/// What a host says of itself in the store: the record `hosts/HOST`.
package struct HostRecord: Hashable, Sendable, Codable {
    /// One write of a record, told apart from all others: by the process that wrote it, and its number there.
    package struct Attempt: Hashable, Sendable, Codable {
        package let process: UInt64
        package let number: Int64

        package init(process: UInt64, number: Int64) {
            self.process = process
            self.number = number
        }
    }

    package enum State: String, Hashable, Sendable, Codable {
        /// The host acts, until its tenure ends.
        case active
        /// The host itself gave its tenure up: it does nothing under this generation any longer.
        case released
        /// Another host ended the tenure.
        case ended
    }

    /// The number of the tenure. Each tenure of a host, and each ending by another host, raises it.
    package var generation: Int64
    package var state: State
    package var attempt: Attempt

    package init(generation: Int64, state: State, attempt: Attempt) {
        self.generation = generation
        self.state = state
        self.attempt = attempt
    }
}

/// A record with the revision of its last change.
package struct Stored<Record: Hashable & Sendable>: Hashable, Sendable {
    package let record: Record
    package let revision: Int64

    package init(_ record: Record, revision: Int64) {
        self.record = record
        self.revision = revision
    }
}
