// From the tick thread to one other: a ring of records in memory that is allocated before the
// first tick. One thread writes, one reads; each owns one index and only reads the other's, so no
// lock is taken and neither waits (Lamport, "Proving the correctness of multiprocess programs",
// 1977). A full ring drops the new record and counts it: what was lost is said, and the tick
// thread never waits for its reader.

internal import Synchronization
public import TickScheduling

/// A bounded queue of tick records between the tick thread and its drain.
@safe public final class RecordRing: @unchecked Sendable {
    /// Through a pointer, so that the tick path counts no references to this object.
    let storage: UnsafeMutablePointer<RingStorage>

    /// How many records the ring holds: the capacity asked for, rounded up to a power of two.
    public var capacity: Int { unsafe storage.pointee.mask + 1 }

    /// How many records found the ring full and were dropped.
    public var lostRecords: Int { unsafe storage.pointee.dropped.load(ordering: .relaxed) }

    /// - Precondition: `capacity` lies in 1 ... 2^30.
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity <= 1 << 30, "a ring holds 1 to 2^30 records")
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: RingStorage(capacity: capacity))
    }

    deinit {
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// Appends a record, or counts it as lost if the ring is full. One thread alone may call this.
    public func append(_ record: TickRecord) { unsafe storage.pointee.append(record) }

    /// How many records wait to be taken.
    public var waiting: Int { unsafe storage.pointee.waiting }

    /// Takes the records that were waiting, oldest first. One thread alone may call this.
    ///
    /// - Parameter limit: how many are taken at most.
    /// - Returns: how many there were.
    @discardableResult
    public func drain(atMost limit: Int = .max, _ body: (TickRecord) -> Void) -> Int {
        unsafe storage.pointee.drain(atMost: limit, body)
    }
}

@safe struct RingStorage: ~Copyable {
    private let records: UnsafeMutablePointer<TickRecord>
    let mask: Int
    /// Records written so far, and records read; the difference is what the ring holds. Apart by a
    /// cache line, so that reader and writer do not slow each other.
    private let written = Atomic<Int>(0)
    private let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
    private let read = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)

    init(capacity: Int) {
        var size = 1
        while size < capacity { size *= 2 }
        mask = size - 1
        unsafe records = .allocate(capacity: size)
        // Touched now, so that no page of it faults on the tick path.
        unsafe UnsafeMutableRawPointer(records).initializeMemory(
            as: UInt8.self, repeating: 0, count: size * MemoryLayout<TickRecord>.stride)
    }

    deinit { unsafe records.deallocate() }

    func append(_ record: TickRecord) {
        let position = written.load(ordering: .relaxed)
        guard position &- read.load(ordering: .acquiring) <= mask else {
            dropped.wrappingAdd(1, ordering: .relaxed)
            return
        }
        unsafe records[position & mask] = record
        written.store(position &+ 1, ordering: .releasing)
    }

    var waiting: Int { written.load(ordering: .acquiring) &- read.load(ordering: .relaxed) }

    func drain(atMost limit: Int, _ body: (TickRecord) -> Void) -> Int {
        var position = read.load(ordering: .relaxed)
        let count = min(limit, written.load(ordering: .acquiring) &- position)
        let end = position &+ count
        while position != end {
            unsafe body(records[position & mask])
            position &+= 1
            read.store(position, ordering: .releasing)
        }
        return count
    }
}
