// Gives the fuzzer's input to all code that reads a journal or a datagram. Nothing may trap, and the values read must
// be exactly those in the bytes.
//
// The first byte chooses the layer at which the bytes begin, because no fuzzer guesses a SHA-256:
//
//     J  a journal, as a file
//     E  one event
//     V  any CBOR
//     P  a peer's datagram, with a right code put at its end, and what is admitted of it
//     C  exchanges of a member with two peers, the whole way to its journal (ClusterFuzz.swift)
//     N  an NTP packet, which answers what was asked
//     T  what ptp4l and a plant's grandmaster send, the whole way to a bound on UTC (PTPFuzz.swift)
//     R  records: (tag, length of 2 bytes, payload) again and again, chained as a writer would, and replayed
//
// The events of a journal go through everything: survey, replay, beliefs, and the accumulation, summary and page of a
// report.

import ClockView
import ClusterClock
import MessageDigest
import TickJournal
import TickReports
import TickTime
import TimeExchange

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let data, count > 0 else { return 0 }
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: count - 1))
    switch data[0] {
    case UInt8(ascii: "J"): journal(bytes)
    case UInt8(ascii: "E"): event(bytes)
    case UInt8(ascii: "V"): _ = try? CBORValue(decoding: bytes)
    case UInt8(ascii: "P"): datagram(bytes)
    case UInt8(ascii: "C"): cluster(bytes)
    case UInt8(ascii: "N"): ntp(bytes)
    case UInt8(ascii: "T"): ptp(bytes)
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

private let secret: [UInt8] = Array(repeating: 7, count: 32)

private func datagram(_ bytes: [UInt8]) {
    let (one, two) = (NodeID(rawValue: 1), NodeID(rawValue: 2))
    let now = BootInstant(nanoseconds: 1)
    let key = HMACSHA256(key: secret.span)
    var signed = bytes
    if bytes.count == PeerDatagram.byteCount {
        let code = key.code(for: bytes.span.extracting(0..<96)).bytes
        signed.replaceSubrange(96..<112, with: code[..<16])
        if let read = try? PeerDatagram(signed.span) {
            precondition(read.encoded(with: key) == signed, "a datagram has one encoding")
        }
    }
    let rows = [(one, two), (two, one)].map { PeerKeys.Row(from: $0, to: $1, id: 1, secret: secret) }
    guard let keys = try? PeerKeys(rows, of: one, sending: 1) else { return }
    var admission = PeerAdmission(cluster: ClusterID(rawValue: 9), node: one, peers: [two], keys: keys, at: now)
    _ = admission.request(to: two, nonce: PeerNonce(high: 1, low: 2), ticket: 3, at: now)
    for received in [bytes, signed] {
        guard let admitted = try? admission.admit(received.span, from: two, at: now) else { continue }
        guard case .request(let request) = admitted else { continue }
        _ = admission.reply(
            to: request,
            .init(
                bootID: 1, view: 1, utc: UTCInstant(nanoseconds: 1), hold: .zero, statedError: nil,
                isSynchronized: false, isDisrupted: false))
    }
}

private func ntp(_ bytes: [UInt8]) {
    guard var packet = try? NTPPacket(bytes.span) else { return }
    precondition(packet.encoded == Array(bytes.prefix(NTPPacket.byteCount)), "a packet is written as it is read")
    packet.origin = NTPTimestamp(rawValue: 5)
    for utc in [0, 1_795_000_000_000_000_000, Int64.max / 2, -1] {
        _ = try? NTPMeasurement(
            packet, nonce: 5, sent: BootInstant(nanoseconds: 10), utc: UTCInstant(nanoseconds: utc),
            received: BootInstant(nanoseconds: 5_000_000), own: OwnReferences())
    }
}

func journal(_ bytes: [UInt8]) {
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
        // Unreadable bytes end a journal. Here they are left out, so that the fuzzer reaches what follows.
        guard let record = try? event.record() else { continue }
        if case .runEnded = record { continue }
        guard (try? survey.add(event)) != nil else { continue }
        understood.append(event)
    }
    var replay = JournalReplay(survey)
    for event in understood { try? replay.apply(event) }
    report(understood)
    _ = replay.beliefs.digest
    for contradiction in replay.contradictions { _ = contradiction.description }
}

private func report(_ events: [JournalEvent]) {
    var options = RunAccumulator.Options()
    options.keepsTrace = true
    var journal = JournalAccumulation(named: "fuzz", options)
    for event in events {
        if let record = try? event.record() { journal.add(record) }
    }
    journal.finish()
    _ = journal.summary.json
    // A page takes as long as a thousand events.
    guard events.count % 16 == 0 else { return }
    _ = ReportPage([journal.page(end: "ended")], program: "fuzz", made: UTCInstant(nanoseconds: 1)).html
}
