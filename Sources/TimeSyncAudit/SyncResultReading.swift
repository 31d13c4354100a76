// time_sync.json as text, and back. The errors distinguish a file that is not a result from a damaged one, and name the
// fault with its place.

internal import ClusterClock
internal import Foundation
package import TickTime

extension SyncResult {
    /// - Parameter isPretty: over many lines; else on one.
    package func json(isPretty: Bool) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do { return Array(try encoder.encode(self)) } catch {
            // No number here is infinite, and every string is one.
            preconditionFailure("a result cannot be encoded: \(error)")
        }
    }

    /// Why a file is not a result.
    package struct ReadingFailure: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Reads what `json` wrote.
    ///
    /// - Parameter file: what errors call it.
    /// - Throws: `ReadingFailure`.
    package init(json: [UInt8], file: String) throws(ReadingFailure) {
        struct Head: Decodable { var schema: String? }
        let head = try Self.decoded(Head.self, json, file)
        guard head.schema == Self.schemaName else {
            let found = head.schema.map { "'\($0.prefix(60))'" } ?? "nothing"
            throw ReadingFailure(
                description:
                    "\(file): schema: expected '\(Self.schemaName)', found \(found); write it with 'tickrun check --output'"
            )
        }
        self = try Self.decoded(Self.self, json, file)
        if let fault = valueFault { throw ReadingFailure(description: "\(file): \(fault); write it again") }
        for node in nodes {
            for (place, piece) in node.evidence.enumerated() where piece.evidence(on: node.node) == nil {
                throw ReadingFailure(
                    description: "\(file): evidence \(place) of \(node.node) contradicts itself; write it again")
            }
        }
    }

    private static func decoded<Value: Decodable>(
        _ type: Value.Type, _ json: [UInt8], _ file: String
    ) throws(ReadingFailure) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode(type, from: Data(json)) } catch {
            throw ReadingFailure(
                description: "\(file): \(DecodingWords.text(error)); write it again with 'tickrun check --output'")
        }
    }

    /// Which of its numbers no check writes; `nil` if all are possible.
    private var valueFault: String? {
        if !AdmittedRange.utcNanoseconds.contains(checkedUtcNs) {
            return "checked_utc_ns \(checkedUtcNs) is not from \(AdmittedRange.utcText)"
        }
        let canon = SyncLimits.canon
        for (key, value, limit) in [
            ("threshold_pairwise_ns", thresholdPairwiseNs, canon.pairwise.count),
            ("threshold_alone_ns", thresholdAloneNs, canon.alone.count),
        ] where !(1...limit).contains(value) {
            return "\(key) \(value) is not from 1 to \(limit)"
        }
        for node in nodes {
            for (place, piece) in node.evidence.enumerated() {
                let name = "evidence \(place) of \(node.node)"
                if !AdmittedRange.utcNanoseconds.contains(piece.takenUtcNs) {
                    return "\(name): taken_utc_ns \(piece.takenUtcNs) is not from \(AdmittedRange.utcText)"
                }
                for (key, value) in [
                    ("offset_ns", piece.offsetNs), ("lower_ns", piece.lowerNs), ("upper_ns", piece.upperNs),
                ] {
                    guard let value, !AdmittedRange.offsetNanoseconds.contains(value) else { continue }
                    return "\(name): \(key) \(value) is further than clocks can be apart (230 years)"
                }
            }
        }
        return nil
    }

    /// The evidence of the result, as it was when the result was made.
    package var allEvidence: [SyncEvidence] {
        nodes.flatMap { node in node.evidence.compactMap { $0.evidence(on: node.node) } }
    }

    /// The evidence of the result, to be judged together with others at `now`.
    package func evidence(at now: UTCInstant) -> [SyncEvidence] {
        allEvidence.map { $0.aged(to: now, from: UTCInstant(nanoseconds: checkedUtcNs)) }
    }
}

extension SyncEvidence.Reference: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let reference = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither utc nor node:NAME")
        }
        self = reference
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Foundation's decoding errors, with their place.
enum DecodingWords {
    static func text(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + [last].compactMap(\.self)).map { key in
                key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
            }
            let text = path.joined().trimmingPrefix(".")
            return text.isEmpty ? "the document" : String(text)
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context): return "\(place(context, key)) is missing"
        case DecodingError.typeMismatch(_, let context): return "\(place(context)) is of another type"
        case DecodingError.valueNotFound(_, let context): return "\(place(context)) is null"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "\(place(context)) has a value that is not allowed here"
        default: return "it is not JSON"
        }
    }
}

extension SyncResult.Evidence {
    /// The evidence again, of a node.
    fileprivate func evidence(on node: String) -> SyncEvidence? {
        guard let finding = finding(against: against) else { return nil }
        return SyncEvidence(
            node: node, reference: against, method: method, source: source, finding: finding,
            taken: UTCInstant(nanoseconds: takenUtcNs), raw: raw)
    }

    private func finding(against reference: SyncEvidence.Reference) -> SyncEvidence.Finding? {
        var claim: OffsetInterval?
        if let lowerNs, let upperNs {
            guard lowerNs <= upperNs else { return nil }
            claim = OffsetInterval(Nanoseconds(lowerNs), Nanoseconds(upperNs))
        }
        switch state {
        case .failed: return .failed(reason ?? "")
        case .unknown: return .unknown(reason ?? "")
        case .unfounded:
            guard reference == .utc, let provenance, provenance != BoundProvenance.referenced.name else { return nil }
            return .unfounded(
                .init(
                    offset: Nanoseconds(offsetNs ?? 0), claim: claim, provenance: provenance, why: reason ?? ""))
        case .measured:
            guard let claim else { return nil }
            if reference != .utc || provenance == BoundProvenance.referenced.name { return .measured(claim) }
            // Versions before provenance also wrote bounds that were never computed.
            let unstated = BoundProvenance.unstated(.noProvenance)
            return .unfounded(
                .init(offset: claim.middle, claim: nil, provenance: unstated.name, why: unstated.fault ?? ""))
        }
    }
}
