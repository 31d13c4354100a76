package import Foundation

/// Keys of etcd: one, or all that begin with a prefix.
package struct KeyRange: Hashable, Sendable {
    package let key: Data
    /// The first key beyond; `nil` for one key.
    package let end: Data?

    package static func key(_ key: String) -> KeyRange { KeyRange(key: Data(key.utf8), end: nil) }

    /// All keys that begin with `prefix`.
    ///
    /// - Precondition: the prefix is not empty.
    package static func prefix(_ prefix: String) -> KeyRange {
        precondition(!prefix.isEmpty, "a prefix has at least one byte")
        // UTF-8 has no byte 255, so the last byte has a successor.
        var end = Data(prefix.utf8)
        end[end.count - 1] += 1
        return KeyRange(key: Data(prefix.utf8), end: end)
    }

    private init(key: Data, end: Data?) {
        self.key = key
        self.end = end
    }
}
