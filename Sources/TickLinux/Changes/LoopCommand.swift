// What another thread asks of a running loop, and how it learns what came of it.
//
// The calling thread makes everything ready, puts a command into a queue that was allocated with the loop,
// and interrupts the loop's sleep. The tick thread takes the command between two ticks, writes the
// outcome into memory that belongs to the one who asked, and wakes him. It allocates nothing and waits
// for nobody.
//
// What can go wrong: the loop ends, and nobody will ever answer. It says so (`LoopShared.end`) as the
// last thing it does, after which it touches neither queue nor replies; a waiter looks for that every
// 20 ms, then at the reply once more, and only then gives up. So memory of a reply is freed either after
// the answer or after the end, and never under the tick thread's hand.

internal import CLinuxShims
internal import TickScheduling
internal import TickTime

/// What came of a command.
enum CommandOutcome: BitwiseCopyable {
    case added(SessionID)
    case succeeded(Seam)
    case removed(TickSession.EndReason)
    case appended(PlacedBlock)
    case refused(ScheduleError)
}

/// One change, ready to be made.
@safe struct LoopCommand: BitwiseCopyable {
    enum Change: BitwiseCopyable {
        case add
        case succeed(SessionID)
        case remove(SessionID)
        case append(Block, to: SessionID)
    }

    var change: Change
    /// For `add` and `succeed`: the session, its blocks ahead, and what to call at its ticks.
    var session: TickSession?
    var upcoming = unsafe UnsafeBufferPointer<PlacedBlock>(start: nil, count: 0)
    var callback = unsafe Callback(nil)
    var reply: CommandReply?
}

/// Where the outcome of one command is written: by the tick thread, once.
@safe struct CommandReply: BitwiseCopyable, @unchecked Sendable {
    /// 0 until the outcome is there; the futex that the waiter sleeps on.
    private let word: UnsafeMutablePointer<UInt32>
    private let storage: UnsafeMutablePointer<CommandOutcome?>

    static func allocate() -> CommandReply { CommandReply() }

    private init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: 0)
        unsafe storage = .allocate(capacity: 1)
        unsafe storage.initialize(to: nil)
    }

    func deallocate() {
        unsafe word.deallocate()
        unsafe storage.deallocate()
    }

    /// The outcome, if it is there.
    var outcome: CommandOutcome? {
        guard unsafe shim_load_acquire(word) != 0 else { return nil }
        return unsafe storage.pointee
    }

    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func answer(_ outcome: CommandOutcome) {
        unsafe storage.pointee = outcome
        unsafe shim_set_bits(word, 1)
        _ = unsafe shim_futex_wake(word)
    }

    /// Waits for the outcome, or until the loop has ended; `nil` if it ended without one.
    func wait(until hasEnded: () -> Bool) -> CommandOutcome? {
        while true {
            if let outcome { return outcome }
            if hasEnded() { return outcome }
            _ = unsafe shim_futex_wait_until(word, 0, HostClock.monotonic().nanoseconds + Self.look)
        }
    }

    /// How often a waiter looks whether the loop has ended, in nanoseconds.
    private static var look: Int64 { 20_000_000 }
}

/// Commands on their way to the tick thread. Many threads write, one at a time by a lock of theirs;
/// the tick thread reads, without one.
@safe struct CommandQueue: ~Copyable {
    static var capacity: Int { 256 }

    private let commands: UnsafeMutablePointer<LoopCommand>
    private let written: UnsafeMutablePointer<UInt32>
    private let read: UnsafeMutablePointer<UInt32>

    init() {
        unsafe commands = .allocate(capacity: Self.capacity)
        unsafe UnsafeMutableRawPointer(commands).initializeMemory(
            as: UInt8.self, repeating: 0, count: Self.capacity * MemoryLayout<LoopCommand>.stride)
        unsafe written = .allocate(capacity: 1)
        unsafe written.initialize(to: 0)
        unsafe read = .allocate(capacity: 1)
        unsafe read.initialize(to: 0)
    }

    deinit {
        unsafe commands.deallocate()
        unsafe written.deallocate()
        unsafe read.deallocate()
    }

    /// Puts a command in. One thread at a time.
    ///
    /// - Returns: `false` if the queue is full.
    func push(_ command: LoopCommand) -> Bool {
        let position = unsafe shim_load_relaxed(written)
        guard position &- (unsafe shim_load_acquire(read)) < UInt32(Self.capacity) else { return false }
        unsafe commands[Int(position) % Self.capacity] = command
        unsafe shim_store_release(written, position &+ 1)
        return true
    }

    /// Takes the oldest command out; `nil` if there is none. The tick thread alone.
    #if !DEBUG
        @_noAllocation @_noLocks
    #endif
    func pop() -> LoopCommand? {
        let position = unsafe shim_load_relaxed(read)
        guard position != (unsafe shim_load_acquire(written)) else { return nil }
        let command = unsafe commands[Int(position) % Self.capacity]
        unsafe shim_store_release(read, position &+ 1)
        return command
    }
}
