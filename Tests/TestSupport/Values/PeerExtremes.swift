import Foundation

/// A value at an end of its range in a member's reply, from `Fixtures/extremes/peer_values.json`.
public struct PeerExtreme: Decodable, Sendable, CustomStringConvertible {
    public enum Field: String, Decodable, Sendable {
        case utc
        case hold
        case statedError = "stated_error"
        case view
        case bootID = "boot_id"
        case disrupted
    }

    public let field: Field
    /// Nanoseconds; of an unsigned field, the `Int64` of the same bits.
    public let value: Int64
    /// Why the reply is refused; `nil` if it is admitted.
    public let reason: String?

    public init(field: Field, value: Int64, reason: String? = nil) {
        (self.field, self.value, self.reason) = (field, value, reason)
    }

    public var description: String { "\(field.rawValue) \(value)" }

    public static func all() throws -> [PeerExtreme] {
        struct File: Decodable { let values: [PeerExtreme] }
        let path = Vectors.packageRoot.appending(path: "Fixtures/extremes/peer_values.json")
        return try JSONDecoder().decode(File.self, from: try Data(contentsOf: path)).values
    }
}
