// A value that one thread changes and any number of threads read without a lock (a sequence latch, as the kernel's
// seqcount_latch). It has two copies and a count. The writer directs the readers to the second copy, writes the
// first, directs them back and writes the second. Each switch adds one to the count, whose lowest bit names the copy
// that is complete.
//
//     reader: read the count, copy the copy that it names, read the count again; if it changed, repeat
//
// A reader repeats only if a whole publication happened meanwhile, so it never waits for a writer. A writer that
// loses its CPU while it writes, even to a real-time reader, delays no reader. With one copy (a plain sequence lock)
// that reader would wait for ever.
//
// Words are written and read as relaxed atomics. A disturbed reader drops its copy, but its reads are not a data
// race.

internal import CLinuxShims

/// A value published by one thread to all others.
@safe public final class Published<Value: BitwiseCopyable & Sendable>: @unchecked Sendable {
    let storage: PublishedStorage<Value>

    public init(_ value: Value) { storage = PublishedStorage(value) }

    deinit { storage.deallocate() }

    /// Publishes a value. Only one thread may call this.
    public func publish(_ value: Value) { storage.publish(value) }

    /// The value last published.
    public var value: Value { storage.value }
}

/// The memory of a published value, by its address: its holders count no references.
@safe struct PublishedStorage<Value: BitwiseCopyable>: BitwiseCopyable {
    /// The count, then the two copies.
    private let words: UnsafeMutablePointer<UInt64>

    private static var wordCount: Int { (MemoryLayout<Value>.size + 7) / 8 }

    init(_ value: Value) {
        unsafe words = .allocate(capacity: 1 + 2 * Self.wordCount)
        unsafe words.initialize(repeating: 0, count: 1 + 2 * Self.wordCount)
        publish(value)
    }

    /// In memory that its owner keeps, and that contains a count and two copies, or zeros.
    init(at place: UnsafeMutablePointer<UInt64>) { unsafe words = place }

    func deallocate() { unsafe words.deallocate() }

    func publish(_ value: Value) {
        for copy in 0..<2 {
            let count = unsafe words[0]
            unsafe shim_store_relaxed64(words, count &+ 1)
            // Readers are directed away before the copy changes, and back only after it has changed.
            shim_fence_release()
            write(value, to: copy)
            shim_fence_release()
        }
    }

    private func write(_ value: Value, to copy: Int) {
        let place = unsafe words + 1 + copy * Self.wordCount
        unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Self.wordCount) { buffer in
            unsafe buffer.initialize(repeating: 0)
            unsafe UnsafeMutableRawBufferPointer(buffer).storeBytes(of: value, as: Value.self)
            for index in 0..<Self.wordCount { unsafe shim_store_relaxed64(place + index, buffer[index]) }
        }
    }

    var value: Value { read(()) { value, _ in value } }

    /// Evaluates a copy of the value in place, because moving it may take longer than copying it. The caller passes
    /// in what the body needs, so that the body captures nothing.
    @inline(__always) func read<Context: BitwiseCopyable, Result>(
        _ context: Context, _ body: (borrowing Value, Context) -> Result
    ) -> Result {
        unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { copy in
            while true {
                if unsafe reads(into: copy) { return unsafe body(copy[0], context) }
            }
        }
    }

    /// The same, for memory whose writer may not follow the rules: another process, which may write without a pause.
    ///
    /// - Returns: `nil` if every attempt was disturbed.
    @inline(__always) func read<Context: BitwiseCopyable, Result>(
        attempts: Int, _ context: Context, _ body: (borrowing Value, Context) -> Result
    ) -> Result? {
        unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { copy in
            var left = attempts
            while left > 0 {
                if unsafe reads(into: copy) { return unsafe body(copy[0], context) }
                left &-= 1
            }
            return nil
        }
    }

    /// Copies the value once.
    ///
    /// - Returns: whether the copy is whole.
    @inline(__always) private func reads(into copy: UnsafeMutableBufferPointer<Value>) -> Bool {
        let count = unsafe shim_load_acquire64(words)
        // While the count is odd, the first copy is being written.
        let place = unsafe words + 1 + Int(count & 1) * Self.wordCount
        unsafe shim_load_words_relaxed(copy.baseAddress, place, MemoryLayout<Value>.size)
        shim_fence_acquire()
        return unsafe shim_load_relaxed64(words) == count
    }
}
