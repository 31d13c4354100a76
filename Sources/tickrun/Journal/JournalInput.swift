import ChannelRun
import ClockView
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
                : "not ended: \(tornBytes) bytes of a torn event follow, as after a kill"
        }
    }

    /// Gives every event to `body`, in order, up to `cut` of them. The chain of each is checked before.
    ///
    /// - Parameter body: its failures end the reading, and are rethrown unchanged.
    /// - Throws: `RunFailure`: 65 if the file is no journal or a damaged one, 69 or 77 if it cannot be read.
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
                if reading.bytes == 0 { try refuseText(piece) }
                reading.bytes += piece.count
                reader.append(piece)
            } else {
                isOpen = false
            }
        }
        guard isOpen || reading.bytes > 0 else {
            throw RunFailure.badData(
                "\(path): the file is empty: not a journal, or its run was killed before it began; name another file"
            )
        }
        reading.isCut = isOpen
        if !isOpen { reading.tornBytes = try understanding { () throws(JournalError) in try reader.tornTail() } }
        return reading
    }

    /// The same of the first `wanted` events, which must be there; `nil`: of all.
    func read(
        first wanted: Int?, _ body: (JournalEvent) throws(RunFailure) -> Void = { _ in }
    ) throws(RunFailure) -> Reading {
        let reading = try read(upTo: wanted ?? .max, body)
        try requireEvents(wanted, reading)
        return reading
    }

    /// Refuses a cut after more events than there are.
    func requireEvents(_ wanted: Int?, _ reading: Reading) throws(RunFailure) {
        let count = reading.survey.events
        guard let wanted, wanted > count else { return }
        throw RunFailure.usage("--cut: \(ClockViewError.cutOutOfBounds(cut: wanted, count: count))")
    }

    /// Refuses a file that begins as text does, such as a profile: a damaged journal does not.
    private func refuseText(_ bytes: [UInt8]) throws(RunFailure) {
        guard bytes.prefix(64).allSatisfy({ (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }) else { return }
        throw RunFailure.badData("\(path): this is text, not a journal; name a file that a run wrote with --journal")
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
        do { return try body() } catch { throw InputFile.failure(error, path, namedBy: "JOURNAL") }
    }
}
