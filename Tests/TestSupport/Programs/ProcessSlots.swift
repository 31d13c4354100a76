/// Limits how many programs run at a time. Later ones wait for a free slot.
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
        // A free slot goes to the first that waits.
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
