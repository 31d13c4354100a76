import ChannelRun
import TickJournal
import TickLinux

/// A journal, read from a file.
struct JournalInput {
    let path: String

    /// What reading it to its end, or to a cut, came to.
    struct Reading {
        var survey = JournalSurvey()
        var bytes = 0
        /// The bytes of an event that was being written when the journal was cut off.
        var tornBytes = 0
        /// It was read to a cut, and goes on.
        var isCut = false

        /// How the journal ends, in words.
        var end: String {
            if isCut { return "cut there" }
            if case .some = survey.ending { return "ended" }
            return tornBytes == 0
                ? "not ended: its run continues, or was killed"
                : "not ended: \(tornBytes) bytes of a torn event follow, as of a run that was killed"
        }
    }

    /// Gives every event to `body`, in order, up to `cut` of them. The chain of each is checked before.
    ///
    /// - Throws: `CommandFailure`: 65 where the journal is damaged, 69 where it cannot be read.
    func read(upTo cut: Int = .max, _ body: (JournalEvent) throws(JournalError) -> Void) throws -> Reading {
        var reading = Reading()
        var reader = JournalReader()
        do {
            let file = try FilePieces(path)
            var isOpen = true
            while isOpen {
                while reader.count < cut, let event = try reader.next() {
                    try reading.survey.add(event)
                    try body(event)
                }
                if reader.count >= cut { break }
                if let piece = try file.next() {
                    reading.bytes += piece.count
                    reader.append(piece)
                } else {
                    isOpen = false
                }
            }
            reading.isCut = isOpen
            if !isOpen { reading.tornBytes = try reader.tornTail() }
        } catch let error as JournalError {
            throw CommandFailure(exitCode: .badData, message: "\(path): \(error)")
        } catch let error as SystemError {
            throw CommandFailure(
                exitCode: error.isPermission ? .permission : .unavailable, message: "cannot read the journal: \(error)")
        }
        return reading
    }
}
