/// What will happen in a simulated station, in the order of time. Of two events at one instant, the one that was
/// planned first comes first.
struct FutureEvents<World> {
    typealias Body = (inout World) -> Void

    /// Bodies stay in their places, so that the heap moves only numbers.
    private struct Entry: BitwiseCopyable {
        let time: Int64
        let order: Int
        let place: Int

        func precedes(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
    }

    private var heap: [Entry] = []
    private var bodies: [Body?] = []
    private var free: [Int] = []
    private var planned = 0

    mutating func plan(at time: Int64, _ body: @escaping Body) {
        let place = free.popLast() ?? bodies.count
        if place == bodies.count { bodies.append(body) } else { bodies[place] = body }
        let entry = Entry(time: time, order: planned, place: place)
        planned += 1
        var hole = heap.count
        heap.append(entry)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard entry.precedes(heap[parent]) else { break }
            heap[hole] = heap[parent]
            hole = parent
        }
        heap[hole] = entry
    }

    mutating func next() -> (time: Int64, body: Body)? {
        guard let first = heap.first, let body = bodies[first.place], let last = heap.popLast() else { return nil }
        bodies[first.place] = nil
        free.append(first.place)
        if heap.isEmpty { return (first.time, body) }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(last) else { break }
            heap[hole] = heap[child]
            hole = child
        }
        heap[hole] = last
        return (first.time, body)
    }
}
