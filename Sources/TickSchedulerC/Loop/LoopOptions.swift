// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

internal import ClusterLinux
public import CTickScheduler
internal import TickLinux
internal import TickScheduling
internal import TickTime

/// The options of a C program's loop.
struct LoopOptions: Sendable {
    var runner: TickRunnerOptions
    var hasSessionHistograms: Bool
    var incidents: IncidentHandler?
    var journalPath: String?
    var journalName: String
    var journalSync: JournalSync
    /// Kept because the loop takes its stamps from the cluster's time.
    var cluster: Cluster?

    /// - Parameter pointer: null means all defaults.
    /// - Throws: TICK_ERROR_STRUCT_SIZE, TICK_ERROR_ARGUMENT, TICK_ERROR_HANDLE.
    init(_ pointer: UnsafePointer<tick_loop_options>?) throws(CallError) {
        let options =
            if let pointer = unsafe pointer {
                try unsafe tick_loop_options.read(pointer, over: .defaults)
            } else {
                tick_loop_options.defaults
            }
        func require(_ holds: Bool, _ text: @autoclosure () -> String) throws(CallError) {
            if !holds { throw CallError(TICK_ERROR_ARGUMENT, text()) }
        }
        try require(
            (1...100).contains(options.spin_budget_percent),
            "spin_budget_percent is \(options.spin_budget_percent); give 1 ... 100")
        try require(options.fifo_priority <= 99, "fifo_priority is \(options.fifo_priority); give 0 ... 99")
        try require(options.cpu >= -1, "cpu is \(options.cpu); give -1 for any, or a CPU's number")
        try require(
            options.spare_sessions <= 1_000_000, "spare_sessions is \(options.spare_sessions); give at most 10^6")
        try require(options.spare_blocks <= 100_000_000, "spare_blocks is \(options.spare_blocks); give at most 10^8")
        try require(
            options.ring_capacity >= 1 && options.ring_capacity <= 1 << 30,
            "ring_capacity is \(options.ring_capacity); give 1 ... 2^30")
        try require(options.hangs_after_ns > 0, "hangs_after_ns is \(options.hangs_after_ns); give more than 0")

        cluster =
            if let handle = unsafe options.cluster {
                try unsafe object(handle, .cluster, as: Cluster.self)
            } else {
                nil
            }
        let wait: WaitStrategy =
            switch options.wait {
            case TICK_WAIT_HYBRID: .hybrid
            case TICK_WAIT_SLEEP: .sleep
            case TICK_WAIT_SPIN: .spin
            default: throw CallError(TICK_ERROR_ARGUMENT, "wait is \(options.wait.rawValue); give a tick_wait")
            }
        journalSync =
            switch options.journal_sync {
            case TICK_JOURNAL_SYNC_SECOND: .second
            case TICK_JOURNAL_SYNC_NONE: .none
            case TICK_JOURNAL_SYNC_ALWAYS: .always
            default:
                throw CallError(
                    TICK_ERROR_ARGUMENT, "journal_sync is \(options.journal_sync.rawValue); give a tick_journal_sync")
            }
        journalPath = unsafe options.journal_path.map { unsafe String(cString: $0) }
        journalName = unsafe options.journal_name.map { unsafe String(cString: $0) } ?? "run"
        hasSessionHistograms = options.has_session_histograms != 0
        incidents = unsafe options.incident_handler.map { function in
            unsafe IncidentHandler(function: function, context: options.incident_user_data)
        }
        runner = TickRunnerOptions(
            loop: TickLoopOptions(
                wait: wait, spinBudgetPercent: Int(options.spin_budget_percent),
                ringCapacity: Int(options.ring_capacity), spareSessions: Int(options.spare_sessions),
                spareBlocks: Int(options.spare_blocks), endsWhenIdle: options.ends_when_idle != 0,
                time: cluster?.node.time),
            thread: ThreadRequest(
                fifoPriority: options.fifo_priority > 0 ? Int(options.fifo_priority) : nil,
                cpu: options.cpu >= 0 ? Int(options.cpu) : nil, lockMemory: options.locks_memory != 0,
                holdWakeLatency: options.holds_wake_latency != 0),
            hangsAfter: try admittedLength(options.hangs_after_ns, "hangs_after_ns"))
    }
}

extension tick_loop_options {
    static var defaults: tick_loop_options {
        let loop = TickLoopOptions(ringCapacity: TickRunnerOptions.defaultRingCapacity), runner = TickRunnerOptions()
        var options = tick_loop_options()
        options.struct_size = UInt32(MemoryLayout<tick_loop_options>.size)
        options.wait = TICK_WAIT_HYBRID
        options.spin_budget_percent = UInt32(loop.spinBudgetPercent)
        options.cpu = -1
        options.holds_wake_latency = 1
        options.ends_when_idle = 1
        options.spare_sessions = UInt32(loop.spareSessions)
        options.spare_blocks = UInt32(loop.spareBlocks)
        options.ring_capacity = UInt32(loop.ringCapacity)
        options.hangs_after_ns = runner.hangsAfter.count
        return options
    }
}

@c @implementation
public func tick_loop_options_init(
    _ options: UnsafeMutablePointer<tick_loop_options>!, _ struct_size: Int
) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_loop_options.initialize(options, struct_size, to: .defaults)
    }
}
