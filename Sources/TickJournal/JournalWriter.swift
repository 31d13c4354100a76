// A journal is a CBOR sequence (RFC 8742) of pairs, in deterministic CBOR:
//
//     [event, id]  [event, id]  [event, id] …            id = SHA-256(event)
//       │ parents: none │ parents: [the id before]
//
// An event carries the id of the event before it, so a changed or missing event is noticed. It is stored with its own
// id, so that a change shows at its place, even in the last event of a journal that a kill cut off. A complete
// journal ends with the event `OBS_RUN_END_V0`.
//
// An event that is cut off is a torn tail: it is reported, and everything before it is valid.

public import ClockView
internal import MessageDigest

/// Encodes the events of a journal, each chained to the one before.
public struct JournalWriter: Sendable {
    /// The longest event that a reader accepts.
    public static let eventLimit = 1 << 20

    private var payload = CBORWriter(reserving: 512)
    private var pending = CBORWriter(reserving: 1 << 16)
    /// The event written last.
    public private(set) var last: EventID?
    /// How many were written.
    public private(set) var count = 0

    public init() {}

    /// Adds an observation.
    public mutating func append(_ record: JournalRecord) {
        payload.removeAll()
        record.write(to: &payload)
        pending.array(2)
        let id = EventEnvelope.write(
            parents: last.map { [$0] } ?? [], payload: payload.bytes, record.observationType, to: &pending)
        pending.digest(id.digest)
        last = id
        count += 1
    }

    /// Passes the waiting bytes (whole events only) to `body`, and discards them if it succeeds.
    public mutating func takePending<Failure>(
        _ body: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard !pending.bytes.isEmpty else { return }
        try body(pending.bytes)
        pending.removeAll()
    }
}
