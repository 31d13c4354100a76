/// How many programs may run at a time; who comes later waits for its turn.
actor ProcessSlots {
    static let shared = ProcessSlots(8)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func take() async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func give() {
        // The slot goes from hand to hand, in the order of coming.
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
