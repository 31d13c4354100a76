// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

public import CTickScheduler
internal import TickLinux
internal import TickScheduling
internal import TickTime

extension tick_session_options {
    /// All defaults. The rate has no default.
    static var defaults: tick_session_options {
        var options = tick_session_options()
        options.struct_size = UInt32(MemoryLayout<tick_session_options>.size)
        options.on_time_within_ns = SessionPlan.defaultOnTimeWithin.count
        options.backlog_max_ns = SessionPlan.defaultBacklogMax.count
        options.first_tick = -1
        return options
    }
}

extension SessionRequest {
    /// - Throws: TICK_ERROR_NULL, TICK_ERROR_STRUCT_SIZE, TICK_ERROR_RATE, TICK_ERROR_ARGUMENT, TICK_ERROR_HANDLE.
    init(_ pointer: UnsafePointer<tick_session_options>?) throws(CallError) {
        let options = try unsafe tick_session_options.read(pointer, over: .defaults)
        let plan: SessionPlan
        let rate = try FrameRate(options.rate)
        let policy = try OverduePolicy(options.policy, spacing: options.spacing_ns), end = try PlanEnd(options.plan_end)
        let onTimeWithin = try admittedLength(options.on_time_within_ns, "on_time_within_ns")
        let backlogMax = try admittedLength(options.backlog_max_ns, "backlog_max_ns")
        let lead = try admittedLength(options.lead_ns, "lead_ns")
        guard options.tick_count >= 0, options.priming_ticks >= 0 else {
            throw CallError(
                TICK_ERROR_ARGUMENT,
                "tick_count is \(options.tick_count), priming_ticks \(options.priming_ticks); give 0 for none, or more")
        }
        let alignment = try Alignment(options.alignment)
        let (grid, firstTick) = try GridPhase.read(options)
        if grid != nil, alignment != .none {
            throw CallError(TICK_ERROR_ARGUMENT, "\(LoopError.alignedGrid(alignment))")
        }
        do {
            plan = try SessionPlan(
                rate: rate, grid: grid, firstTick: firstTick,
                tickCount: options.tick_count > 0 ? options.tick_count : nil, policy: policy,
                onTimeWithin: onTimeWithin, backlogMax: backlogMax, lead: lead, atPlanEnd: end,
                primingTicks: options.priming_ticks > 0 ? options.priming_ticks : nil)
        } catch {
            throw CallError(error)
        }
        let handler = unsafe options.handler.map { function in
            unsafe CHandler(function, options.user_data).handler
        }
        self.init(
            plan, alignment: alignment, blocks: try SessionBlocks.read(options), handler: handler,
            gate: try OnAirGate.read(options))
    }
}

/// A C handler, and the argument for its calls.
@safe final class CHandler: @unchecked Sendable {
    private let function: tick_handler
    private let userData: UnsafeMutableRawPointer?

    init(_ function: @escaping tick_handler, _ userData: UnsafeMutableRawPointer?) {
        unsafe (self.function, self.userData) = (function, userData)
    }

    /// Calls the handler directly from the loop, without a closure.
    var handler: TickHandler {
        unsafe TickHandler(
            function: { context, tick in
                guard let context = unsafe context, let tick = unsafe tick else { return }
                unsafe Unmanaged<CHandler>.fromOpaque(context)._withUnsafeGuaranteedRef { own in
                    var info = unsafe tick_info(tick.assumingMemoryBound(to: Tick.self))
                    unsafe own.function(own.userData, &info)
                }
            }, context: Unmanaged.passUnretained(self).toOpaque(), owner: self)
    }
}

extension OverduePolicy {
    init(_ policy: tick_policy, spacing: Int64) throws(CallError) {
        switch policy {
        case TICK_EVERY_TICK: self = .everyTick
        case TICK_SKIP: self = .skip
        case TICK_PACED: self = .paced(spacing: try admittedLength(spacing, "spacing_ns"))
        default: throw CallError(TICK_ERROR_ARGUMENT, "policy is \(policy.rawValue); give a tick_policy")
        }
    }
}

extension PlanEnd {
    fileprivate init(_ end: tick_plan_end) throws(CallError) {
        switch end {
        case TICK_PLAN_END_STOPS: self = .end
        case TICK_PLAN_END_CONTINUES: self = .continue
        default: throw CallError(TICK_ERROR_ARGUMENT, "plan_end is \(end.rawValue); give a tick_plan_end")
        }
    }
}

extension Alignment {
    fileprivate init(_ alignment: tick_alignment) throws(CallError) {
        switch alignment {
        case TICK_ALIGN_NONE: self = .none
        case TICK_ALIGN_SECOND: self = .second
        case TICK_ALIGN_ST2059: self = .st2059
        default: throw CallError(TICK_ERROR_ARGUMENT, "alignment is \(alignment.rawValue); give a tick_alignment")
        }
    }
}

extension GridPhase {
    /// The grid that a session is given, and its first tick; `nil` for a grid of its own, and for a tick that the loop
    /// chooses.
    fileprivate static func read(
        _ options: tick_session_options
    ) throws(CallError) -> (grid: GridPhase?, firstTick: Int64?) {
        guard options.has_grid <= 1, options.first_tick >= -1 else {
            throw CallError(
                TICK_ERROR_ARGUMENT,
                "has_grid is \(options.has_grid), first_tick \(options.first_tick); give 0 or 1, and -1 or a tick")
        }
        guard options.has_grid == 1 else {
            guard options.first_tick <= 0 else {
                throw CallError(
                    TICK_ERROR_ARGUMENT,
                    "first_tick is \(options.first_tick) without a grid; set has_grid and the grid, or give -1")
            }
            return (nil, nil)
        }
        do {
            let grid = try GridPhase(
                tick: options.grid_tick, tai: TAIInstant(nanoseconds: options.grid_tai_ns),
                bound: Nanoseconds(options.grid_bound_ns))
            return (grid, options.first_tick < 0 ? nil : options.first_tick)
        } catch {
            throw CallError(TICK_ERROR_ARGUMENT, "grid_tick, grid_tai_ns or grid_bound_ns: \(error)")
        }
    }
}

extension SessionBlocks {
    /// The plan of a session; `nil` for TICK_PLAN_NONE.
    fileprivate static func read(_ options: tick_session_options) throws(CallError) -> SessionBlocks? {
        let start: Start
        switch options.plan_start {
        case TICK_PLAN_NONE:
            guard options.block_count == 0 else {
                throw CallError(
                    TICK_ERROR_ARGUMENT, "\(options.block_count) blocks have no start; set plan_start as well")
            }
            return nil
        case TICK_PLAN_AT_EPOCH: start = .epoch
        case TICK_PLAN_AT_UTC: start = .utc(try admittedInstant(options.plan_start_utc_ns, "plan_start_utc_ns"))
        default:
            throw CallError(TICK_ERROR_ARGUMENT, "plan_start is \(options.plan_start.rawValue); give a tick_plan_start")
        }
        let blocks = try unsafe list(options.blocks, options.block_count, "blocks")
        var made: [Block] = []
        made.reserveCapacity(blocks.count)
        for place in blocks.indices { made.append(try Block(blocks[place])) }
        return SessionBlocks(start: start, blocks: made)
    }
}

extension Block {
    /// - Throws: TICK_ERROR_ARGUMENT.
    init(_ block: tick_block) throws(CallError) {
        self.init(id: BlockID(rawValue: block.id), length: try admittedLength(block.length_ns, "length_ns"))
    }
}

/// Reads a caller's array.
///
/// - Throws: TICK_ERROR_NULL for a null array with a count; TICK_ERROR_ARGUMENT for a count above any array's.
func list<Element>(
    _ pointer: UnsafePointer<Element>?, _ count: Int, _ name: String
) throws(CallError) -> [Element] {
    if count == 0 { return [] }
    guard let pointer = unsafe pointer else { throw .null(name) }
    guard (0...100_000_000).contains(count) else {
        throw CallError(TICK_ERROR_ARGUMENT, "\(UInt(bitPattern: count)) \(name) are too many; give at most 10^8")
    }
    return unsafe Array(UnsafeBufferPointer(start: pointer, count: count))
}

@c @implementation
public func tick_session_options_init(
    _ options: UnsafeMutablePointer<tick_session_options>!, _ struct_size: Int, _ rate: tick_rate
) -> tick_status {
    call { () throws(CallError) in
        var defaults = tick_session_options.defaults
        defaults.rate = rate
        try unsafe tick_session_options.initialize(options, struct_size, to: defaults)
    }
}
