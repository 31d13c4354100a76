import TestSupport
import Testing
import TickLinux
import TickScheduling

@Suite("Record ring")
struct RecordRingTests {
    private func drained(_ ring: RecordRing) -> [TickRecord] {
        var records: [TickRecord] = []
        let count = ring.drain { records.append($0) }
        #expect(count == records.count)
        return records
    }

    @Test("the capacity is rounded up to a power of two", arguments: zip([1, 2, 3, 64, 65], [1, 2, 4, 64, 128]))
    func capacity(asked: Int, given: Int) { #expect(RecordRing(capacity: asked).capacity == given) }

    @Test("an empty ring drains nothing")
    func empty() { #expect(drained(RecordRing(capacity: 4)).isEmpty) }

    @Test("records come out whole, in the order in which they went in, however often the ring wraps")
    func orderAndWrap() {
        let ring = RecordRing(capacity: 8)
        var next: Int64 = 0
        for round in 0..<100 {
            let expected = (0..<Int64(round % 9)).map { TickRecord.numbered(next + $0) }
            for record in expected { ring.append(record) }
            next += Int64(expected.count)
            let isSame = drained(ring) == expected
            #expect(isSame, "round \(round), of records from \(expected.first?.tick.index ?? next)")
        }
        #expect(ring.lostRecords == 0)
    }

    @Test("a full ring keeps the oldest records, and counts those that it lost")
    func fullRing() {
        let ring = RecordRing(capacity: 4)
        for index in 0..<7 { ring.append(.numbered(Int64(index))) }
        #expect(ring.lostRecords == 3)
        #expect(drained(ring).map(\.tick.index) == [0, 1, 2, 3])
        ring.append(.numbered(7))
        #expect(drained(ring).map(\.tick.index) == [7])
        #expect(ring.lostRecords == 3)
    }

    @Test("a record appended while the ring is drained is taken by the next drain")
    func appendedWhileDraining() {
        let ring = RecordRing(capacity: 4)
        ring.append(.numbered(0))
        ring.drain { _ in ring.append(.numbered(1)) }
        #expect(drained(ring).map(\.tick.index) == [1])
    }

    @Test("a place is free again as soon as its record was taken, within a drain too")
    func placeIsFreed() {
        let ring = RecordRing(capacity: 2)
        for index in 0..<2 { ring.append(.numbered(Int64(index))) }
        var taken: [Int64] = []
        ring.drain { record in
            taken.append(record.tick.index)
            // The second record has come out, so the first's place is free.
            if record.tick.index == 1 { ring.append(.numbered(2)) }
        }
        #expect(taken == [0, 1])
        #expect(ring.lostRecords == 0)
        #expect(drained(ring).map(\.tick.index) == [2])
    }

    @Test("a writer and a reader at full speed lose nothing that is not counted", arguments: [4, 64, 1 << 17])
    func twoThreads(capacity: Int) async throws {
        let ring = RecordRing(capacity: capacity)
        let count: Int64 = 100_000
        let writer = Flag()
        async let written: Void = onOwnThread {
            for index in 0..<count { ring.append(.numbered(index)) }
            writer.raise()
        }
        async let reader = onOwnThread {
            var received: [TickRecord] = []
            received.reserveCapacity(Int(count))
            while true {
                let isLast = writer.isRaised
                ring.drain { received.append($0) }
                if isLast { return received }
            }
        }
        _ = try await written
        let received = try await reader

        #expect(!received.isEmpty)
        #expect(received.count + ring.lostRecords == Int(count))
        #expect(received.allSatisfy { $0 == .numbered($0.tick.index) }, "a record was read while it was written")
        #expect(zip(received, received.dropFirst()).allSatisfy { $0.tick.index < $1.tick.index })
        if capacity >= count { #expect(ring.lostRecords == 0) }
    }
}
