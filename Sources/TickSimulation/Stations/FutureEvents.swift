/// What will happen in a simulated station, in the order of time; of two at one instant, the one that was planned first.
struct FutureEvents<World> {
    typealias Body = (inout World) -> Void

    private var heap: [(time: Int64, order: Int, body: Body)] = []
    private var planned = 0

    mutating func plan(at time: Int64, _ body: @escaping Body) {
        heap.append((time, planned, body))
        planned += 1
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard precedes(place, parent) else { break }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    mutating func next() -> (time: Int64, body: Body)? {
        guard let first = heap.first else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, precedes(child + 1, child) { child += 1 }
            guard precedes(child, place) else { break }
            heap.swapAt(place, child)
            place = child
        }
        return (first.time, first.body)
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }
}
