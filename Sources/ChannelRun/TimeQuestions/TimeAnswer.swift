import Foundation
package import TickTime

/// What a node says of the time. As JSON, `tickrun/time/1`, it goes through the node's socket and is printed by
/// 'tickrun time --json'. The properties are the JSON's members, in this order: to add one, add it here, and the
/// compiler asks for its value in `TimeAnswerMaking.swift`.
package struct TimeAnswer: Codable {
    package static let schema = "tickrun/time/1"

    package struct Peer: Codable {
        package let name: String
        package let id: String
        package let address: String
        /// `majority`, `agreeing`, `wide`, `false`, `unjudged` or `silent`.
        package let state: String
        /// Which of the last eight polls were answered; the newest is bit 0.
        package let reach: Int64
        package let lastHeardMs: Int64?
        /// Its UTC, in milliseconds.
        package let timeMs: Int64?
        /// Its clock − this host's, and how far that may be off.
        package let offsetNs: Int64?
        package let errorNs: Int64?
        package let aheadLeastNs: Int64?
        package let aheadMostNs: Int64?
        package let included: Bool
        /// Why it is not included.
        package let reason: String?
        /// What it says of itself: the highest view that its host's consensus gave it, and whether its kernel's clock
        /// is synchronized.
        package let view: Int64?
        package let kernelSynced: Bool?
        package let verdict: String
        package let falseByNs: Int64
        /// How often in a row the verdict was `false`.
        package let timesFalse: Int64?
        package let roundTripNs: Int64?
        /// The same as `lastHeardMs`, under its earlier name.
        package let heardAgoMs: Int64?
    }

    package struct Server: Codable {
        package let server: String
        /// The address of the name, with the port.
        package let address: String?
        package let offsetNs: Int64?
        package let boundNs: Int64?
        package let stratum: Int64?
        /// The clock that the server follows: the identifier of its reference, as a number and as text.
        package let referenceId: Int64?
        package let reference: String?
        package let provenance: String?
        package let ageMs: Int64?
        package let failure: String?
        package let repliesRefused: [String: Int64]?
    }

    package let schema: String
    /// The question, whether the answer is yes, and why not.
    package let question: String
    package let holds: Bool
    package let why: String?
    package let cluster: String
    package let node: String
    package let status: String
    package let lastFailure: String?
    package let quality: String
    package let traceable: Bool
    package let localTimeMs: Int64
    package let consensusTimeMs: Int64?
    package let driftMs: Int64?
    package let driftNs: Int64?
    package let confidence: Double?
    package let consensusAgeMs: Int64?
    package let sources: Int
    package let minConfidence: Double
    package let ntpSynced: Bool
    package let ntpWithinNs: Int64?
    /// By how much the host's UTC may be off, as the node states to its peers.
    package let statedErrorNs: Int64?
    /// The instant that the answer is for, on three clocks of this host.
    package let monotonicNs: Int64
    package let boottimeNs: Int64
    package let hostUtcNs: Int64
    package let timeUtcNs: Int64
    package let earliestUtcNs: Int64?
    package let latestUtcNs: Int64?
    package let boundNs: Int64?
    package let heldNs: Int64
    package let epoch: Int64
    package let agreeing: Int
    package let members: Int
    package let peers: [Peer]
    package let ntp: [Server]
    /// Absent if the node follows no ptp4l.
    package let ptp: PTP?
    /// By how much the bounds of PTP and of the kernel or the NTP servers exclude each other; absent if they do not.
    package let sourcesContradictByNs: Int64?
    package let datagramsTaken: Int64?
    package let datagramsRefused: [String: Int64]?
    package let samplesRefused: [String: Int64]?
    package let datagramsUnsent: Int64?

    /// How far true UTC may be from the time shown, if it is bounded.
    package var utcBound: Nanoseconds? { traceable ? boundNs.map { Nanoseconds($0) } : nil }
}

// In an extension, so that the compiler still makes the initializer with a value for each member.
extension TimeAnswer {
    /// An answer that came through a node's socket.
    ///
    /// - Throws: `RunFailure` with exit code 69: the node refuses the question, or its answer is malformed.
    package init(decoding line: [UInt8]) throws(RunFailure) {
        struct Failure: Decodable { let error: String? }
        if let error = try Self.decoded(Failure.self, line).error {
            throw .unavailable("the node answers: \(error)")
        }
        self = try Self.decoded(TimeAnswer.self, line)
        if let fault = valueFault { throw Self.malformed(fault) }
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) throws(RunFailure) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode(type, from: Data(line)) } catch { throw malformed("\(error)") }
    }

    private static func malformed(_ fault: String) -> RunFailure {
        .unavailable("the node's answer is not from a working node: \(fault); restart it")
    }
}

extension UTCInstant {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
