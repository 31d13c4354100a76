import TestSupport
import TickTime
import Testing

@testable import TickScheduling

@Suite("The heap of sessions")
struct DeadlineHeapTests {
    @Test("against a sorted array, by random insertions and removals with many ties")
    func againstASortedArray() {
        var random = SeededGenerator()
        print("heap: seed \(random.seed)")
        for _ in 0..<200 {
            let capacity = Int.random(in: 1...70, using: &random)
            var heap = DeadlineHeap(capacity: capacity)
            var sorted: [Pair] = []
            var unused = Array(0..<Int32(capacity))
            for _ in 0..<400 {
                if sorted.isEmpty || (!unused.isEmpty && Bool.random(using: &random)) {
                    let session = unused.remove(at: Int.random(in: 0..<unused.count, using: &random))
                    let pair = Pair(instant: Int64.random(in: -4...4, using: &random), session: session)
                    heap.insert(pair.entry)
                    sorted.append(pair)
                    sorted.sort { ($0.instant, $0.session) < ($1.instant, $1.session) }
                } else {
                    let (first, removed) = (heap.first.map(Pair.init), Pair(heap.removeFirst()))
                    let expected = sorted.removeFirst()
                    unused.append(expected.session)
                    #expect(removed == expected && first == expected, "seed \(random.seed)")
                }
                let count = heap.count
                #expect(count == sorted.count, "seed \(random.seed)")
            }
        }
    }

    @Test("an empty heap has no first session, nor has one that was emptied")
    func empty() {
        var heap = DeadlineHeap(capacity: 2)
        let before = heap.first.map(Pair.init)
        heap.insert(Pair(instant: 3, session: 0).entry)
        heap.insert(Pair(instant: 1, session: 1).entry)
        heap.removeAll()
        let (after, count) = (heap.first.map(Pair.init), heap.count)
        #expect(before == nil && after == nil && count == 0)
    }

    @Test("a heap that is full, or empty, refuses to go on")
    func bounds() async {
        await #expect(processExitsWith: .failure) {
            var heap = DeadlineHeap(capacity: 1)
            for session in Int32(0)..<2 { heap.insert(Pair(instant: 0, session: session).entry) }
        }
        await #expect(processExitsWith: .failure) {
            var heap = DeadlineHeap(capacity: 1)
            _ = heap.removeFirst()
        }
    }

    private struct Pair: Equatable {
        let instant: Int64
        let session: Int32

        init(instant: Int64, session: Int32) {
            self.instant = instant
            self.session = session
        }

        init(_ entry: DeadlineHeap.Entry) {
            self.init(instant: entry.instant.nanoseconds, session: entry.session.index)
        }

        var entry: DeadlineHeap.Entry {
            DeadlineHeap.Entry(
                instant: MonotonicInstant(nanoseconds: instant), session: SessionID(index: session))
        }
    }
}
