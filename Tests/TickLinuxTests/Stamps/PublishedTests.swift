import Foundation
import Synchronization
import TestSupport
import Testing
import TickLinux

@Suite("A published value")
struct PublishedTests {
    /// A value of many words that are all the same: a mixture of two shows.
    private struct Wide: BitwiseCopyable, Sendable {
        let words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt8)

        init(_ n: UInt64) { words = (n, n, n, n, n, n, n, n, n, UInt8(truncatingIfNeeded: n)) }

        var isWhole: Bool {
            let (a, b, c, d, e, f, g, h, i, j) = words
            return [b, c, d, e, f, g, h, i].allSatisfy { $0 == a } && UInt8(truncatingIfNeeded: a) == j
        }
    }

    private final class Tally: Sendable {
        let published = Published(Wide(0))
        let isDone = Atomic<Bool>(false)
        let torn = Atomic<Int>(0)
        let fallen = Atomic<Int>(0)
        let reads = Atomic<Int>(0)
    }

    @Test("readers at full speed see whole values alone, none older than one that they saw", .timeLimit(.minutes(2)))
    func torn() {
        let tally = Tally()
        onThreads(4) { place in
            if place == 0 {
                for number in 1...200_000 { tally.published.publish(Wide(UInt64(number))) }
                return tally.isDone.store(true, ordering: .relaxed)
            }
            var last: UInt64 = 0
            while !tally.isDone.load(ordering: .relaxed) {
                let value = tally.published.value
                if !value.isWhole { tally.torn.wrappingAdd(1, ordering: .relaxed) }
                if value.words.0 < last { tally.fallen.wrappingAdd(1, ordering: .relaxed) }
                last = value.words.0
                tally.reads.wrappingAdd(1, ordering: .relaxed)
            }
        }
        #expect(tally.reads.load(ordering: .relaxed) > 100)
        #expect(tally.torn.load(ordering: .relaxed) == 0 && tally.fallen.load(ordering: .relaxed) == 0)
        #expect(tally.published.value.words.0 == 200_000 && tally.published.value.isWhole)
    }
}
