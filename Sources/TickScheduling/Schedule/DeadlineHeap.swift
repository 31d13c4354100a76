// Sessions of a loop, earliest first: a binary heap of (instant, session) in memory that is
// allocated once. Ties go to the session added first, so the order of delivery is fixed.

import TickTime

@safe struct DeadlineHeap: ~Copyable {
    struct Entry: BitwiseCopyable {
        var instant: MonotonicInstant
        var session: SessionID

        static func < (a: Entry, b: Entry) -> Bool {
            a.instant == b.instant ? a.session < b.session : a.instant < b.instant
        }
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe entries = .allocate(capacity: capacity)
        // Touched now, so that no page of it faults while the loop runs.
        unsafe UnsafeMutableRawPointer(entries).initializeMemory(
            as: UInt8.self, repeating: 0, count: capacity * MemoryLayout<Entry>.stride)
    }

    deinit { unsafe entries.deallocate() }

    var first: Entry? { count > 0 ? unsafe entries[0] : nil }

    /// - Complexity: O(log `count`); no allocation.
    mutating func insert(_ entry: Entry) {
        precondition(count < capacity, "a heap holds no more sessions than its loop")
        count += 1
        rise(entry, from: count - 1)
    }

    /// - Complexity: O(log `count`); no allocation.
    mutating func removeFirst() -> Entry {
        precondition(count > 0, "an empty heap has no first session")
        let first = unsafe entries[0]
        count -= 1
        if count > 0 { sink(unsafe entries[count], from: 0) }
        return first
    }

    /// Removes a session, wherever it is.
    ///
    /// - Returns: whether it was there.
    /// - Complexity: O(`count`): it looks at each entry, in the order of memory. Removals are rare, and this is
    ///   cheaper than updating the place of each entry at every tick.
    mutating func remove(_ session: SessionID) -> Bool {
        var hole = 0
        while hole < count, unsafe entries[hole].session != session { hole += 1 }
        guard hole < count else { return false }
        count -= 1
        guard hole < count else { return true }
        let moved = unsafe entries[count]
        if hole > 0, unsafe moved < entries[(hole - 1) / 2] { rise(moved, from: hole) } else { sink(moved, from: hole) }
        return true
    }

    mutating func removeAll() { count = 0 }

    private mutating func rise(_ entry: Entry, from start: Int) {
        var hole = start
        while hole > 0 {
            let parent = (hole &- 1) / 2
            guard unsafe entry < entries[parent] else { break }
            unsafe entries[hole] = entries[parent]
            hole = parent
        }
        unsafe entries[hole] = entry
    }

    private mutating func sink(_ entry: Entry, from start: Int) {
        var hole = start
        while true {
            var child = 2 &* hole &+ 1
            guard child < count else { break }
            if child &+ 1 < count, unsafe entries[child &+ 1] < entries[child] { child = child &+ 1 }
            guard unsafe entries[child] < entry else { break }
            unsafe entries[hole] = entries[child]
            hole = child
        }
        unsafe entries[hole] = entry
    }
}
