import ChannelRun
import LinuxService
import Stations
import TickConfiguration
import TickTime

extension StationCommand {
    static func drain(_ host: String, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let wait = try arguments.duration("--wait")
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        let setup = try StationSetup(arguments)
        let orders = StationOrders(setup)
        let records = try orders.read()
        guard records.hosts[host] != nil else {
            throw RunFailure(
                exitCode: .badVerdict,
                message:
                    "the station '\(setup.file.station)' has no host '\(host)'; 'tickrun station status' lists them")
        }
        var moves: [ChannelMoveOrder] = []
        var failure: RunFailure?
        for channel in records.channels.keys.sorted() {
            let order = ChannelOrders(channel, records)
            guard order.owner?.host == host else { continue }
            guard let target = order.standbys.first else {
                moves.append(ChannelMoveOrder(channel: channel, from: host, refusal: order.noStandby))
                continue
            }
            var move = ChannelMoveOrder(channel: channel, target: target)
            do { try move.send(orders) } catch {
                // etcd no longer answers, or the outcome is unknown, so the other channels are not moved.
                if error.exitCode != .badVerdict { failure = error }
                move.refuse(error)
            }
            moves.append(move)
            if failure != nil { break }
        }
        if moves.isEmpty { Commentary.say("\(host) has no channel on air") }
        if failure == nil, let wait { try ChannelMoveOrder.follow(&moves, setup, for: wait, interrupts) }
        try Output.writing { output throws(RunFailure) in
            for move in moves { try move.write(&output, setup, asJSON: arguments.wantsJSON) }
        }
        if let failure { throw failure }
        let isGood = moves.allSatisfy { wait == nil ? !$0.isRefused : $0.isDone }
        return isGood ? .good : .badVerdict
    }
}

extension ChannelOrders {
    /// Why there is no host to move the channel to.
    fileprivate var noStandby: String {
        guard let spec else { return "it has no spec" }
        let others = spec.hosts.filter { $0 != owner?.host }
        if others.isEmpty { return "its spec names no other host" }
        return others.compactMap { unfitness(of: $0, spec) }.joined(separator: "; ")
    }
}
