// A tick as C sees it. On the tick path: a few dozen stores, and nothing else.

internal import CTickScheduler
internal import TickScheduling
internal import TickTime

extension tick_timestamp {
    @inline(__always)
    init(_ timestamp: StampedTime) {
        self.init()
        utc_ns = timestamp.time.nanoseconds
        held_ns = timestamp.held.count
        agreement = timestamp.epoch ?? 0
        quality = tick_quality(timestamp.quality)
        is_traceable = timestamp.isTraceable ? 1 : 0
        is_committed = timestamp.isCommitted ? 1 : 0
        if let earliest = timestamp.earliest, let latest = timestamp.latest {
            earliest_utc_ns = earliest.nanoseconds
            latest_utc_ns = latest.nanoseconds
            has_bounds = 1
        }
    }
}

extension tick_quality {
    @inline(__always)
    init(_ source: UTCSource) {
        switch source {
        case .cluster: self = TICK_TIME_CLUSTER
        case .ptp: self = TICK_TIME_PTP
        case .ntp: self = TICK_TIME_NTP
        case .consensus: self = TICK_TIME_CONSENSUS
        case .system: self = TICK_TIME_SYSTEM
        }
    }
}

extension tick_info {
    /// Reads the tick in place, without a copy.
    @inline(__always)
    init(_ tick: UnsafePointer<Tick>) { self.init(unsafe tick.pointee) }

    @inline(__always)
    init(_ tick: borrowing Tick) {
        self.init()
        struct_size = UInt32(truncatingIfNeeded: MemoryLayout<tick_info>.size)
        session = tick.session.index
        index = tick.index
        deadline_mono_ns = tick.deadline.nanoseconds
        deadline_utc_ns = tick.deadlineUTC.nanoseconds
        start_mono_ns = tick.start.nanoseconds
        deadline_lateness_ns = tick.start.nanoseconds &- tick.deadline.nanoseconds
        start_lateness_ns = deadline_lateness_ns &+ tick.lead.count
        wake_latency_ns = tick.wakeLatency?.count ?? -1
        work_budget_ns = tick.workBudget.count
        lead_ns = tick.lead.count
        skipped_before = tick.skippedBefore
        block_index = -1
        if let block = tick.block {
            block_id = block.id.rawValue
            block_index = block.index
            block_elapsed_ns = block.elapsed.count
        }
        blocks_passed = tick.blocksPassed
        ticks_to_fence = tick.ticksToFence ?? -1
        if let stamp = tick.timestamp { timestamp = tick_timestamp(stamp) }
        lateness = tick_lateness(rawValue: UInt32(tick.lateness.rawValue))
        cause = tick_cause(rawValue: UInt32(tick.cause.rawValue))
        is_overdue = tick.isOverdue ? 1 : 0
        crossed_backlog = tick.crossedBacklog ? 1 : 0
        block_changed = tick.blockChanged ? 1 : 0
        is_priming = tick.isPriming ? 1 : 0
        if let air = tick.air {
            has_gate = 1
            on_air = air.isOnAir ? 1 : 0
            unfenced = air.isUnfenced ? 1 : 0
            fencing_number = air.fencingNumber ?? 0
        }
    }
}

extension TickSession.EndReason {
    var c: tick_end_reason {
        switch self {
        case .ticksDelivered: TICK_END_TICKS_DELIVERED
        case .planEnded: TICK_END_PLAN_ENDED
        case .succeeded: TICK_END_SUCCEEDED
        case .removed: TICK_END_REMOVED
        case .stopped: TICK_END_STOPPED
        case .clockRange: TICK_END_CLOCK_RANGE
        }
    }
}

extension tick_epoch {
    init(_ epoch: SessionEpoch) {
        self.init()
        utc_source = tick_quality(epoch.utcSource)
        utc_ns = epoch.utc.nanoseconds
        mono_ns = epoch.monotonic.nanoseconds
        host_utc_ns = epoch.hostUTC.nanoseconds
        uncertainty_ns = epoch.uncertainty.count
        tai_offset_s = epoch.taiOffset?.seconds ?? 0
        alignment_index = epoch.alignmentIndex ?? -1
    }
}

extension tick_seam {
    init(_ seam: Seam) {
        self.init()
        successor = seam.successor.index
        utc_ns = seam.utc.nanoseconds
        mono_ns = seam.monotonic.nanoseconds
        predecessor_end_tick = seam.predecessorEndTick
        phase_jump_ns = seam.phaseJump.count
        utc_jump_ns = seam.utcJump.count
    }
}

extension tick_placed_block {
    init(_ placed: PlacedBlock) {
        self.init()
        id = placed.id.rawValue
        index = placed.index
        start_utc_ns = placed.start.nanoseconds
        end_utc_ns = placed.end.nanoseconds
        first_tick = placed.firstTick
        fence = placed.fence
    }
}
