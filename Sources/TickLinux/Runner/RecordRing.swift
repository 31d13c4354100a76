// A ring of records from the tick thread to one other thread, in memory that is allocated before the first tick. One
// thread writes and one reads. Each owns one index and only reads the other's, so neither takes a lock or waits
// (Lamport, "Proving the correctness of multiprocess programs", 1977). A full ring drops the new record and counts
// it. Lost records are reported, and the tick thread never waits for its reader.

internal import Synchronization
package import TickScheduling

/// A bounded queue of tick records between the tick thread and its drain.
@safe package final class RecordRing: @unchecked Sendable {
    /// Through a pointer, so that the tick path counts no references to this object.
    let storage: UnsafeMutablePointer<RingStorage>

    /// How many records the ring holds: the requested capacity, rounded up to a power of two.
    package var capacity: Int { unsafe storage.pointee.mask + 1 }

    /// How many records were dropped because the ring was full.
    package var lostRecords: Int { unsafe storage.pointee.dropped.load(ordering: .relaxed) }

    /// - Precondition: `capacity` is in 1 ... 2^30.
    package init(capacity: Int) {
        precondition(capacity > 0 && capacity <= 1 << 30, "a ring holds 1 to 2^30 records")
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: RingStorage(capacity: capacity))
    }

    deinit {
        unsafe storage.deinitialize(count: 1)
        unsafe storage.deallocate()
    }

    /// Appends a record, or counts it as lost if the ring is full. Only one thread may call this.
    package func append(_ record: TickRecord) { unsafe storage.pointee.append(record) }

    /// How many records are waiting to be taken.
    package var waiting: Int { unsafe storage.pointee.waiting }

    /// Takes the waiting records, oldest first. Only one thread may call this.
    ///
    /// - Parameter limit: the most records to take.
    /// - Returns: the number of records taken.
    @discardableResult
    package func drain(atMost limit: Int = .max, _ body: (TickRecord) -> Void) -> Int {
        unsafe storage.pointee.drain(atMost: limit, body)
    }
}

@safe struct RingStorage: ~Copyable {
    private let records: UnsafeMutablePointer<TickRecord>
    let mask: Int
    /// The numbers of records written and read so far; the difference is what the ring holds. They are one cache line
    /// apart, so that reader and writer do not slow each other down.
    private let written = Atomic<Int>(0)
    private let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
    private let read = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)

    init(capacity: Int) {
        var size = 1
        while size < capacity { size *= 2 }
        mask = size - 1
        unsafe records = .allocate(capacity: size)
        // Touched now, so that it causes no page fault on the tick path.
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
