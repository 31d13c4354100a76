// A journal is a CBOR sequence (RFC 8742) of pairs, in deterministic CBOR:
//
//     [event, id]  [event, id]  [event, id] …            id = SHA-256(event)
//       │ parents: none │ parents: [the id before]
//
// An event carries its predecessor's id, so that none can be changed or left out unseen; beside it stands
// its own, so that a change is seen where it is, even in the last event of a journal that a kill cut off.
// A journal that was ended says so by its last event, `OBS_RUN_END_V0`.
//
// What a cut leaves of an event is a torn tail: it is reported, and everything before it holds.

public import ClockView
internal import MessageDigest

/// Encodes the events of a journal, each chained to the one before.
public struct JournalWriter: Sendable {
    /// The longest event that a reader takes.
    public static let eventLimit = 1 << 20

    private var payload = CBORWriter(reserving: 512)
    private var pending = CBORWriter(reserving: 1 << 16)
    /// The event last written.
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

    /// Gives the bytes that wait to `body`, whole events only; they wait no longer if it returns.
    public mutating func takePending<Failure>(
        _ body: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard !pending.bytes.isEmpty else { return }
        try body(pending.bytes)
        pending.removeAll()
    }
}
