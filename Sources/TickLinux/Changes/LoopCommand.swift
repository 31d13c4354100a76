// A change that another thread asks a running loop to make, and the way back for its result.
//
// The calling thread prepares everything, puts a command into a queue that was allocated with the loop, and
// interrupts the loop's sleep. The tick thread takes the command between two ticks, writes the outcome into the
// caller's memory, and wakes the caller. It allocates nothing and never waits.
//
// If the loop ends, nobody answers a command that is still in the queue. So the loop's last act is to report its end
// (`LoopShared.end`); after that it touches neither the queue nor the replies. A waiter checks for the end every 20
// ms, then checks the reply once more, and only then gives up. So the memory of a reply is freed after the answer or
// after the end, and never while the tick thread uses it.

internal import CLinuxShims
internal import TickScheduling
internal import TickTime

/// The outcome of a command.
enum CommandOutcome: BitwiseCopyable {
    case added(SessionID)
    case succeeded(Seam)
    case removed(TickSession.EndReason)
    case appended(PlacedBlock)
    case refused(ScheduleError)
}

/// One prepared change.
@safe struct LoopCommand: BitwiseCopyable {
    enum Change: BitwiseCopyable {
        case add
        case succeed(SessionID)
        case remove(SessionID)
        case append(Block, to: SessionID)
    }

    var change: Change
    /// For `add` and `succeed`: the session, its coming blocks, its handler, and its gate.
    var session: TickSession?
    var upcoming = unsafe UnsafeBufferPointer<PlacedBlock>(start: nil, count: 0)
    var callback = unsafe Callback(nil)
    var gate: GateStorage?
    var reply: CommandReply?
}

/// Memory for the outcome of one command. The tick thread writes it once.
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

    /// The outcome; `nil` before it is written.
    var outcome: CommandOutcome? {
        guard unsafe shim_load_acquire(word) != 0 else { return nil }
        return unsafe storage.pointee
    }

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

    /// How often a waiter checks whether the loop has ended, in nanoseconds.
    private static var look: Int64 { 20_000_000 }
}

/// The queue of commands to the tick thread. Many threads write, one at a time under a lock. The tick thread reads
/// without a lock.
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

    /// Appends a command. One thread at a time may call this.
    ///
    /// - Returns: `false` if the queue is full.
    func push(_ command: LoopCommand) -> Bool {
        let position = unsafe shim_load_relaxed(written)
        guard position &- (unsafe shim_load_acquire(read)) < UInt32(Self.capacity) else { return false }
        unsafe commands[Int(position) % Self.capacity] = command
        unsafe shim_store_release(written, position &+ 1)
        return true
    }

    /// Removes and returns the oldest command; `nil` if there is none. Only the tick thread may call this.
    func pop() -> LoopCommand? {
        let position = unsafe shim_load_relaxed(read)
        guard position != (unsafe shim_load_acquire(written)) else { return nil }
        let command = unsafe commands[Int(position) % Self.capacity]
        unsafe shim_store_release(read, position &+ 1)
        return command
    }
}
