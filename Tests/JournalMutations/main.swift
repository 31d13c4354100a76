// Changes every bit of journals, one at a time, and cuts them at every byte. No reader may accept a changed event,
// nor find another event in the rest after a cut. The tests do this to some bytes of each golden; a release build
// does it to all bytes.
//
// Then sets every integer field to its extremes, in one event and in all events that have it, computes the chain
// again, and gives the journal to everything that reads journals. Nothing may trap.
//
//     journalmutations FILE…        exit 0: every change was found; 1: one was not, with its place

import Foundation
import JournalExtremes
import TickJournal

/// The result of the changes to one journal.
struct Outcome {
    var refused = 0
    /// The last event, changed so that its end cannot be told from one that a kill tore off.
    var torn = 0
    var cuts = 0
    var faults: [String] = []
}

func mutate(_ bytes: [UInt8]) throws -> Outcome {
    var outcome = Outcome()
    var reader = JournalReader()
    reader.append(bytes)
    var events: [JournalEvent] = []
    while let event = try reader.next() { events.append(event) }
    let whole = bytes.count - (try reader.tornTail())
    let starts = events.map(\.offset) + [whole]

    for (place, start) in starts.enumerated() where start < bytes.count {
        let end = place + 1 < starts.count ? starts[place + 1] : bytes.count
        // With what follows, in which a changed length would end.
        let tail = Array(bytes[start..<min(bytes.count, end + 2_048)])
        let before = place > 0 ? events[place - 1] : nil
        for index in 0..<(end - start) {
            for bit in 0..<8 {
                var changed = tail
                changed[index] ^= 1 << UInt8(bit)
                var reader = JournalReader(after: before)
                reader.append(changed)
                do throws(JournalError) {
                    if try reader.next() != nil {
                        outcome.faults.append("byte \(start + index), bit \(bit): a changed event was read")
                        continue
                    }
                    _ = try reader.tornTail()
                    outcome.torn += 1
                    if place + 1 < events.count {
                        outcome.faults.append("byte \(start + index), bit \(bit): an event in the middle is torn")
                    }
                } catch { outcome.refused += 1 }
            }
            // Cut before this byte: nothing of the event is read, and what is left has its length.
            var cut = JournalReader(after: before)
            cut.append(Array(tail[..<index]))
            let found = try cut.next() != nil
            if try found || cut.tornTail() != index { outcome.faults.append("a cut at byte \(start + index)") }
            outcome.cuts += 1
        }
    }
    return outcome
}

/// Sets each integer field to each extreme: in the first event that has it, in one in the middle, in the last, and in
/// all of them, where sums grow.
func setExtremes(_ bytes: [UInt8]) throws -> (journals: Int, refused: Int) {
    let journal = try JournalExtremes(bytes)
    var (journals, refused) = (0, 0)
    for (field, events) in journal.fields {
        let places = Set([events[0], events[events.count / 2], events[events.count - 1]])
        for scope in places.sorted().map({ JournalExtremes.Scope.event($0) }) + [.everyEvent] {
            for value in JournalExtremes.values {
                journals += 1
                do { try EveryView.read(journal.bytes(setting: field, to: value, in: scope)) } catch { refused += 1 }
            }
        }
    }
    return (journals, refused)
}

var isFound = true
for path in CommandLine.arguments.dropFirst() {
    let outcome = try mutate(Array(try Data(contentsOf: URL(filePath: path))))
    print(
        "\(path): \(outcome.refused) changed bits refused, \(outcome.torn) leave the last event torn; \(outcome.cuts) cuts"
    )
    let extremes = try setExtremes(Array(try Data(contentsOf: URL(filePath: path))))
    print("  \(extremes.journals) journals with an extreme in a field: \(extremes.refused) refused, the others read")
    for fault in outcome.faults.prefix(10) { print("  NOT FOUND: \(fault)") }
    if !outcome.faults.isEmpty { isFound = false }
}
exit(isFound ? 0 : 1)
