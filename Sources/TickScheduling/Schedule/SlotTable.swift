/// The place of each session in a loop's memory. Places of removed sessions are reused; session numbers never are.
@safe struct SlotTable: ~Copyable {
    let capacity: Int
    /// The session in each place; −1: none.
    private let occupants: UnsafeMutablePointer<Int32>
    /// The free places, the next to be taken last.
    private let free: UnsafeMutablePointer<Int32>
    private var freeCount: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe occupants = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        freeCount = capacity
        for slot in 0..<capacity {
            unsafe occupants[slot] = -1
            // The first sessions get the first places, so that slot and number are the same.
            unsafe free[slot] = Int32(capacity - 1 - slot)
        }
    }

    deinit {
        unsafe occupants.deallocate()
        unsafe free.deallocate()
    }

    var count: Int { capacity - freeCount }

    func isTaken(_ slot: Int) -> Bool { unsafe occupants[slot] >= 0 }

    /// Gives session number `index` a place; `nil` if no place is free.
    mutating func take(for index: Int32) -> SessionID? {
        guard freeCount > 0 else { return nil }
        freeCount -= 1
        let slot = unsafe free[freeCount]
        unsafe occupants[Int(slot)] = index
        return SessionID(index: index, slot: slot)
    }

    mutating func giveBack(_ slot: Int) {
        unsafe occupants[slot] = -1
        unsafe free[freeCount] = Int32(slot)
        freeCount += 1
    }

    /// The session's place; `nil` if it was removed or never added.
    ///
    /// - Complexity: O(1); O(`capacity`) if the id does not contain its slot.
    func slot(of id: SessionID) -> Int? {
        guard id.index >= 0 else { return nil }
        let stated = Int(id.slot)
        if stated >= 0, stated < capacity, unsafe occupants[stated] == id.index { return stated }
        for slot in 0..<capacity where unsafe occupants[slot] == id.index { return slot }
        return nil
    }
}
