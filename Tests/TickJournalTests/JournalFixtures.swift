import ClockView
import Foundation
import TestSupport
import TickJournal

/// The journals in `Fixtures/journals`.
enum JournalFixtures {
    static let folder = Vectors.packageRoot.appending(path: "Fixtures/journals", directoryHint: .isDirectory)

    /// Those made by hand, each for a policy.
    static let handMade = ["monotonic", "ntp", "weighted", "hybrid", "consensus"]
    /// Those recorded from real runs.
    static let recorded = ["ntsc", "pal", "utc-step", "lateness", "torn", "stamped"]

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: "\(name).journal")))
    }

    /// All events of a journal that is not damaged, and how many bytes were torn.
    static func events(_ name: String) throws -> (events: [JournalEvent], torn: Int) { try read(bytes(name)) }

    static func read(_ bytes: [UInt8]) throws(JournalError) -> (events: [JournalEvent], torn: Int) {
        var reader = JournalReader()
        reader.append(bytes)
        var events: [JournalEvent] = []
        while let event = try reader.next() { events.append(event) }
        return (events, try reader.tornTail())
    }

    static func survey(_ events: [JournalEvent]) throws(JournalError) -> JournalSurvey {
        var survey = JournalSurvey()
        for event in events { try survey.add(event) }
        return survey
    }
}
