// Records whose fields are listed once. The list gives each field its key, its property and the rule for its value,
// in the order of the keys, and serves for writing and for reading: the two cannot differ.

import ClockView
import TickTime

/// A record that is written and read by its list of fields.
protocol FieldRecord: Sendable {
    /// Every value at 0, before it is read.
    init()
    static var fields: [PayloadField<Self>] { get }
}

extension FieldRecord {
    func write(to map: inout CBORMapWriter) {
        for field in Self.fields { field.write(self, &map) }
    }

    init(from map: inout CBORMapReader) throws(CBORError) {
        self.init()
        for field in Self.fields { try field.read(&self, &map) }
    }
}

/// One field of a record.
struct PayloadField<Record>: Sendable {
    typealias Path<Value> = WritableKeyPath<Record, Value> & Sendable

    let write: @Sendable (Record, inout CBORMapWriter) -> Void
    let read: @Sendable (inout Record, inout CBORMapReader) throws(CBORError) -> Void

    /// A whole number within a range.
    static func integer(_ key: StaticString, _ path: any Path<Int64>, in range: ClosedRange<Int64>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.integer(key, in: range) })
    }

    static func count(_ key: StaticString, _ path: any Path<Int64>) -> Self {
        integer(key, path, in: PayloadRange.count)
    }

    static func bool(_ key: StaticString, _ path: any Path<Bool>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.bool(key) })
    }

    /// Left out if it is false.
    static func isTrue(_ key: StaticString, _ path: any Path<Bool>) -> Self {
        Self(
            write: { $1.key(key, ifTrue: $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.isTrue(key) })
    }

    static func session(_ path: any Path<Int32>) -> Self {
        Self(
            write: { $1.key("session", Int64($0[keyPath: path])) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.session() })
    }

    static func monotonic(_ key: StaticString, _ path: any Path<MonotonicInstant>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.monotonic(key) })
    }

    static func utc(_ key: StaticString, _ path: any Path<UTCInstant>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.utc(key) })
    }

    /// A measured length, not negative.
    static func length(_ key: StaticString, _ path: any Path<Nanoseconds>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.length(key) })
    }

    /// Positive or negative.
    static func difference(_ key: StaticString, _ path: any Path<Nanoseconds>) -> Self {
        Self(
            write: { $1.key(key, $0[keyPath: path]) },
            read: { (record, map) throws(CBORError) in record[keyPath: path] = try map.difference(key) })
    }
}
