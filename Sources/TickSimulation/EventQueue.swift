/// What happens in a simulation, and when. Of two events at one instant, the one that was planned first comes first.
@safe struct EventQueue: ~Copyable {
    enum Kind: UInt8, Sendable {
        /// A host polls its peers. `a`: the host, `b`: its boot.
        case poll
        /// A host reads its clocks. `a`: the host, `b`: its boot.
        case read
        /// A message arrives. `a`: its place in the pool.
        case message
        /// A request that was held is answered. `a`: its place in the pool.
        case answer
        /// A fault begins or ends. `a`: its place in the plan.
        case fault
    }

    struct Event: Sendable, BitwiseCopyable {
        let time: Int64
        let order: UInt32
        let kind: Kind
        let a: Int32
        let b: Int32

        @inline(__always) func precedes(_ other: Event) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var heap: UnsafeMutablePointer<Event>
    private var capacity = 512
    private var count = 0
    private var planned: UInt32 = 0

    init() { unsafe heap = .allocate(capacity: capacity) }

    deinit { unsafe heap.deallocate() }

    mutating func plan(_ kind: Kind, at time: Int64, _ a: Int, _ b: Int = 0) {
        if count == capacity { grow() }
        let event = Event(time: time, order: planned, kind: kind, a: Int32(a), b: Int32(truncatingIfNeeded: b))
        planned += 1
        var hole = count
        count += 1
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard unsafe event.precedes(heap[parent]) else { break }
            unsafe heap[hole] = heap[parent]
            hole = parent
        }
        unsafe heap[hole] = event
    }

    mutating func next() -> Event? {
        guard count > 0 else { return nil }
        let first = unsafe heap[0]
        count -= 1
        let event = unsafe heap[count]
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < count else { break }
            if child + 1 < count, unsafe heap[child + 1].precedes(heap[child]) { child += 1 }
            guard unsafe heap[child].precedes(event) else { break }
            unsafe heap[hole] = heap[child]
            hole = child
        }
        unsafe heap[hole] = event
        return first
    }

    private mutating func grow() {
        let wider = UnsafeMutablePointer<Event>.allocate(capacity: 2 * capacity)
        unsafe wider.update(from: heap, count: count)
        unsafe heap.deallocate()
        unsafe heap = wider
        capacity *= 2
    }
}
