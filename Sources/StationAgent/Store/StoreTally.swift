import Stations
package import TickTime

/// How many requests a host sent to its station's store, and their results.
package struct StoreTally: Hashable, Sendable {
    /// What a request is for. A lane sends one request at a time.
    package enum Kind: String, CaseIterable, Sendable {
        /// Reads all records.
        case poll
        /// Renews the host's own record.
        case tenure
        case primary
        /// Ends another host's tenure.
        case ending
        /// Puts a channel on air, or moves it.
        case channel

        init(_ lane: StationRequest.Lane) {
            self =
                switch lane {
                case .poll: .poll
                case .tenure: .tenure
                case .primary: .primary
                case .ending: .ending
                case .channel: .channel
                }
        }
    }

    package enum Outcome: String, CaseIterable, Sendable {
        case accepted
        /// A transaction whose comparisons did not hold: another host was first.
        case refused
        /// The answer holds a record that cannot be read.
        case damaged
        /// There is no answer, or an error.
        case failed
        /// The host was delayed, and sent nothing.
        case unsent

        init(_ answer: StationAnswer, hasFailures: Bool) {
            self =
                switch answer {
                case .accepted: hasFailures ? .damaged : .accepted
                case .refused: .refused
                case .none: hasFailures ? .failed : .unsent
                }
        }
    }

    private struct Key: Hashable {
        let kind: Kind
        let outcome: Outcome
    }

    private var counts: [Key: Int64] = [:]
    /// When the last answer was received.
    package private(set) var lastAnswer: BootInstant?

    package init() {}

    package func count(_ kind: Kind, _ outcome: Outcome) -> Int64 { counts[Key(kind: kind, outcome: outcome)] ?? 0 }

    mutating func add(_ outcome: Outcome, of lane: StationRequest.Lane, at boot: BootInstant) {
        counts[Key(kind: Kind(lane), outcome: outcome), default: 0] += 1
        switch outcome {
        case .accepted, .refused, .damaged: lastAnswer = boot
        case .failed, .unsent: break
        }
    }
}
