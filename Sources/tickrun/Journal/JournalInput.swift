import ChannelRun
import TickJournal
import TickLinux

/// A journal, read from a file.
struct JournalInput {
    let path: String

    /// The result of reading it to its end, or to a cut.
    struct Reading {
        var survey = JournalSurvey()
        var bytes = 0
        /// The bytes of an event that was being written when the journal was cut off.
        var tornBytes = 0
        /// It was read to a cut, and continues after it.
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
    /// - Parameter body: its failures end the reading, and are rethrown unchanged.
    /// - Throws: `RunFailure`: 65 if the journal is damaged, 69 or 77 if it cannot be read.
    func read(
        upTo cut: Int = .max, _ body: (JournalEvent) throws(RunFailure) -> Void = { _ in }
    ) throws(RunFailure) -> Reading {
        var reading = Reading()
        var reader = JournalReader()
        let file = try accessing { () throws(SystemError) in try FilePieces(path) }
        var isOpen = true
        while isOpen {
            while reader.count < cut, let event = try next(&reader, &reading) { try body(event) }
            if reader.count >= cut { break }
            if let piece = try accessing({ () throws(SystemError) in try file.next() }) {
                reading.bytes += piece.count
                reader.append(piece)
            } else {
                isOpen = false
            }
        }
        reading.isCut = isOpen
        if !isOpen { reading.tornBytes = try understanding { () throws(JournalError) in try reader.tornTail() } }
        return reading
    }

    private func next(_ reader: inout JournalReader, _ reading: inout Reading) throws(RunFailure) -> JournalEvent? {
        try understanding { () throws(JournalError) in
            guard let event = try reader.next() else { return nil }
            try reading.survey.add(event)
            return event
        }
    }

    /// The result of `body`; damage that it finds is the failure of this journal.
    func understanding<Made>(_ body: () throws(JournalError) -> Made) throws(RunFailure) -> Made {
        do { return try body() } catch { throw RunFailure(error, journal: path) }
    }

    private func accessing<Made: ~Copyable>(_ body: () throws(SystemError) -> Made) throws(RunFailure) -> Made {
        do { return try body() } catch { throw RunFailure(error, "cannot read the journal: \(error)") }
    }
}
