// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names are those of the header.

// A channel that a C program ticks for the agent of its host.

public import CTickScheduler
internal import StationClient
internal import TickLinux
internal import TickScheduling
internal import TickTime

extension Loop {
    /// The running loop, for a channel that adds its sessions itself.
    ///
    /// - Throws: TICK_ERROR_STATE, TICK_ERROR_LOOP_ENDED.
    fileprivate func begun() throws(CallError) -> LoopControl {
        guard let control else { throw Self.notBegun }
        guard !control.hasEnded else { throw CallError(LoopError.loopEnded) }
        return control
    }
}

extension tick_station_options {
    fileprivate static var defaults: tick_station_options {
        var options = tick_station_options()
        options.struct_size = UInt32(MemoryLayout<tick_station_options>.size)
        return options
    }
}

extension StationChannel.Options {
    /// - Throws: TICK_ERROR_ARGUMENT.
    fileprivate init(_ options: tick_station_options) throws(CallError) {
        self.init()
        policy = try OverduePolicy(options.policy, spacing: options.spacing_ns)
        lead = try admittedLength(options.lead_ns, "lead_ns")
        guard options.priming_ticks >= 0 else {
            throw CallError(
                TICK_ERROR_ARGUMENT, "priming_ticks is \(options.priming_ticks); give 0 for none, or more")
        }
        primingTicks = options.priming_ticks > 0 ? options.priming_ticks : nil
        // What no rate allows is refused here, and not when the agent orders a session.
        do {
            _ = try SessionPlan(
                rate: try FrameRate(1, over: 1), policy: policy, lead: lead, primingTicks: primingTicks)
        } catch let error as SessionPlanError {
            throw CallError(error)
        } catch {
            preconditionFailure("one frame a second is a rate: \(error)")
        }
    }
}

@c @implementation
public func tick_station_options_init(
    _ options: UnsafeMutablePointer<tick_station_options>!, _ struct_size: Int
) -> tick_status {
    call { () throws(CallError) in
        try unsafe tick_station_options.initialize(options, struct_size, to: .defaults)
    }
}

@c @implementation
public func tick_station_join(
    _ loop: OpaquePointer!, _ options: UnsafePointer<tick_station_options>!,
    _ station: UnsafeMutablePointer<OpaquePointer?>!
) -> tick_status {
    call { () throws(CallError) in
        let control = try unsafe object(loop, .loop, as: Loop.self).begun()
        try unsafe fill(station, "station") { () throws(CallError) in
            let options = try unsafe tick_station_options.read(options, over: .defaults)
            let socket = try unsafe text(options.socket, "socket"), name = try unsafe text(options.channel, "channel")
            let handler = unsafe options.handler.map { function in
                unsafe CHandler(function, options.user_data).handler
            }
            let chosen = try StationChannel.Options(options)
            let channel: StationChannel
            do throws(StationError) {
                channel = try Station(joining: socket).join(name, loop: control, options: chosen, handler: handler)
            } catch { throw CallError(error) }
            do throws(CallError) { return try unsafe open(channel, .station) } catch {
                channel.leave()
                throw error
            }
        }
    }
}

@c @implementation
public func tick_station_session(_ station: OpaquePointer!, _ session: UnsafeMutablePointer<Int32>!) -> tick_status {
    call { () throws(CallError) in
        let channel = try unsafe object(station, .station, as: StationChannel.self)
        try unsafe fill(session, "session") { () throws(CallError) in
            guard let id = channel.session else {
                throw CallError(
                    TICK_ERROR_NO_SESSION,
                    "the agent orders no session of '\(channel.name)' now; ask again after a tick")
            }
            return id.index
        }
    }
}

@c @implementation
public func tick_station_leave(_ station: OpaquePointer!) -> tick_status {
    call { () throws(CallError) in try unsafe close(station, .station, as: StationChannel.self).leave() }
}
