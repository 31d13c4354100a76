import ClockView
import TestSupport
import Testing
import TickJournal
import TickTime

@Suite("A journal's chain")
struct JournalReaderTests {
    private static let all = JournalFixtures.handMade + JournalFixtures.recorded

    /// A small journal of five samples.
    private static func small() -> (bytes: [UInt8], ends: [Int]) {
        var writer = JournalWriter()
        var (bytes, ends): ([UInt8], [Int]) = ([], [])
        for step in 1...5 {
            writer.append(.clock(ClockView.Sample(.monotonic, UInt64(step), uncertainty: 0)))
            writer.takePending { bytes += $0 }
            ends.append(bytes.count)
        }
        return (bytes, ends)
    }

    @Test("every written event is read back, chained to the previous one")
    func roundTrip() throws {
        let (bytes, _) = Self.small()
        let (events, torn) = try JournalFixtures.read(bytes)
        #expect(torn == 0)
        #expect(events.map(\.number) == [1, 2, 3, 4, 5])
        #expect(events[0].envelope.parents.isEmpty)
        for (before, after) in zip(events, events.dropFirst()) {
            #expect(after.envelope.parents == [before.envelope.id])
        }
    }

    @Test("read in pieces of any length, a journal gives the same events", arguments: [1, 2, 7, 33, 100, 4096])
    func pieces(_ length: Int) throws {
        let bytes = try JournalFixtures.bytes("weighted")
        var reader = JournalReader()
        var events: [JournalEvent] = []
        var start = 0
        while start < bytes.count {
            reader.append(Array(bytes[start..<min(bytes.count, start + length)]))
            while let event = try reader.next() { events.append(event) }
            start += length
        }
        #expect(try reader.tornTail() == 0)
        #expect(events == (try JournalFixtures.events("weighted").events))
    }

    @Test(
        "cut at any byte, a journal gives its whole events and the length of the torn one, never another event",
        arguments: all)
    func prefixes(_ name: String) throws {
        let bytes = try JournalFixtures.bytes(name)
        let whole = try JournalFixtures.read(bytes).events
        // Read once, with the count of whole events at every byte.
        var reader = JournalReader()
        var (read, end) = (0, 0)
        for index in bytes.indices {
            reader.append([bytes[index]])
            if let event = try reader.next() {
                #expect(event == whole[read])
                read += 1
                end = index + 1
            }
            guard index % 17 == 0 || index + 1 == end else { continue }
            #expect(try reader.tornTail() == index + 1 - end)
        }
        #expect(read == whole.count)
    }

    @Test("a missing event is found at the event after it")
    func missing() throws {
        let (bytes, ends) = Self.small()
        let without = Array(bytes[..<ends[1]] + bytes[ends[2]...])
        let error = #expect(throws: JournalError.self) { try JournalFixtures.read(without) }
        #expect(error?.event == 3)
        #expect(error?.offset == ends[1])
        guard case .unchained = error?.reason else {
            Issue.record("\(String(describing: error))")
            return
        }
        // Its beginning, too.
        let beheaded = #expect(throws: JournalError.self) { try JournalFixtures.read(Array(bytes[ends[0]...])) }
        #expect(beheaded?.event == 1)
    }

    @Test("events in another order, and repeated ones, are found")
    func reordered() throws {
        let (bytes, ends) = Self.small()
        let swapped = Array(bytes[..<ends[0]] + bytes[ends[1]..<ends[2]] + bytes[ends[0]..<ends[1]] + bytes[ends[2]...])
        #expect(throws: JournalError.self) { try JournalFixtures.read(swapped) }
        let twice = bytes + bytes[ends[3]...]
        #expect(throws: JournalError.self) { try JournalFixtures.read(twice) }
    }

    @Test("a changed event with a matching id is found at the event after it")
    func forged() throws {
        let (bytes, ends) = Self.small()
        var writer = JournalWriter()
        for step in [1, 2, 30] { writer.append(.clock(ClockView.Sample(.monotonic, UInt64(step), uncertainty: 0))) }
        var forged: [UInt8] = []
        writer.takePending { forged = $0 }
        let error = #expect(throws: JournalError.self) { try JournalFixtures.read(forged + bytes[ends[2]...]) }
        #expect(error?.event == 4)
    }

    @Test("a length that was changed so that an event swallows the next is damage, not a torn tail")
    func overrun() throws {
        var (bytes, _) = Self.small()
        // The first event's payload: 0x58 and its length.
        let place = try #require(bytes.indices.first { bytes[$0] == 0x58 && bytes[$0 + 1] != 0x20 })
        bytes[place + 1] = 0xff
        bytes.removeLast(bytes.count - 300)
        let error = #expect(throws: JournalError.self) { try JournalFixtures.read(bytes) }
        #expect(error?.event == 1)
    }

    @Test(
        "every changed bit of every golden is refused, with its event, or leaves a torn tail that was longer before the change",
        arguments: all)
    func mutations(_ name: String) throws {
        let bytes = try JournalFixtures.bytes(name)
        let (whole, torn) = try JournalFixtures.read(bytes)
        let starts = whole.map(\.offset) + [bytes.count - torn, bytes.count + 1]
        var (refused, tails) = (0, 0)
        // Every byte of the first and last events, and of the rest one in a stride.
        let stride = max(1, bytes.count / 3_000)
        for index in bytes.indices where index % stride == 0 || index < 600 || index > bytes.count - 600 {
            let bit = UInt8(1) << UInt8(index % 8)
            // The event that holds the byte is read alone, after those before it were: they are as they were.
            let event = (starts.firstIndex { $0 > index } ?? starts.count) - 1
            var changed = bytes
            changed[index] ^= bit
            var reader = JournalReader(after: event > 0 ? whole[event - 1] : nil)
            reader.append(Array(changed[starts[event]...]))
            do throws(JournalError) {
                let found = try reader.next()
                #expect(found == nil, "a changed event was read: byte \(index) of \(name)")
                let tail = try reader.tornTail()
                // Only a change of the last event can look like a torn event.
                #expect(event >= whole.count - 1, "byte \(index) of \(name): a tail of \(tail) bytes")
                tails += 1
            } catch {
                #expect(error.event == event + 1)
                refused += 1
            }
        }
        #expect(refused > 0)
        #expect(tails < 600 + torn)
    }
}
