// Gives whatever the fuzzer thinks of to everything that reads a journal. Nothing may trap; and what is read
// must be what its bytes say, and nothing else.
//
// The first byte chooses how deep the bytes begin, for no fuzzer guesses a SHA-256:
//
//     J  a journal, as a file
//     E  one event
//     V  any CBOR
//     R  records: (tag, length of 2 bytes, payload) again and again, chained as a writer would, and replayed

import ClockView
import TickJournal

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let data, count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
    switch data[0] {
    case UInt8(ascii: "J"): journal(bytes)
    case UInt8(ascii: "E"): event(bytes)
    case UInt8(ascii: "V"): _ = try? CBORValue(decoding: bytes)
    case UInt8(ascii: "R"): records(bytes)
    default: break
    }
    return 0
}

private func event(_ bytes: [UInt8]) {
    guard let event = try? EventEnvelope(decoding: bytes) else { return }
    precondition(event.encoded == bytes, "an event has one encoding")
    _ = try? JournalRecord(event)
}

private func journal(_ bytes: [UInt8]) {
    var reader = JournalReader()
    var events: [JournalEvent] = []
    for start in stride(from: 0, to: bytes.count, by: 97) {
        reader.append(Array(bytes[start..<min(bytes.count, start + 97)]))
        do { while let event = try reader.next() { events.append(event) } } catch { return replay(events) }
    }
    _ = try? reader.tornTail()
    replay(events)
}

private func records(_ bytes: [UInt8]) {
    let types = JournalRecord.tags.map { ObservationType(tag: $0) }
    var events: [JournalEvent] = []
    var position = 0
    while position + 3 <= bytes.count, events.count < 4_096 {
        let type = types[Int(bytes[position]) % types.count]
        let length = Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
        let end = min(bytes.count, position + 3 + length)
        let envelope = EventEnvelope(payload: Array(bytes[position + 3..<end]), observationType: type)
        events.append(JournalEvent(envelope: envelope, number: events.count + 1, offset: position))
        position = end
    }
    replay(events)
}

private func replay(_ events: [JournalEvent]) {
    var survey = JournalSurvey()
    var understood: [JournalEvent] = []
    for event in events {
        // What cannot be read ends a journal; here it is left out, so that what follows is reached.
        guard let record = try? event.record() else { continue }
        if case .runEnded = record { continue }
        _ = try? survey.add(event)
        understood.append(event)
    }
    var replay = JournalReplay(survey)
    for event in understood { try? replay.apply(event) }
    _ = replay.beliefs.digest
    for contradiction in replay.contradictions { _ = contradiction.description }
}
