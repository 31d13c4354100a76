import ChannelRun
import EtcdClient
import Foundation
import LinuxService
import StationAgent
import Stations
import TickConfiguration
import TickLinux
import TickReports
import TickTime

extension ChannelCommand {
    /// - Parameter name: only this channel; `nil`: all of them.
    static func watch(_ name: String?, _ arguments: Arguments) throws(RunFailure) -> ExitCode {
        let duration = try arguments.duration("--duration")
        if let duration, duration <= .zero { throw arguments.failure("--duration: give more than 0") }
        let interrupts: InterruptWatch
        do { interrupts = try InterruptWatch() } catch { throw RunFailure.unavailable("\(error)") }
        let setup = try StationSetup(arguments)
        // Fails at once where the watch would try again and again.
        let channels = try StationOrders(setup).read().channels.keys.filter { name == nil || $0 == name }
        Commentary.say(
            "watching \(name.map { "'\($0)'" } ?? Quantity.counted(Int64(channels.count), "channel")) "
                + "of '\(setup.file.station)'")
        let end = duration.map { HostClock.monotonic() +| $0 }
        let watch = EtcdWatch(
            setup.store.client, .prefix(setup.store.prefix + "channels/" + (name.map { $0 + "/" } ?? "")))
        var known: [String: Data]?
        var said: String?
        while end.map({ HostClock.monotonic() < $0 }) ?? true, !interrupts.asksToEnd(within: .zero) {
            let left = end.map { $0 -| HostClock.monotonic() } ?? .seconds(1)
            let event = watch.next(timeLimit: min(max(left, .milliseconds(1)), .milliseconds(250)))
            let failure = event == nil ? watch.lastFailure.map { "\($0)" } : nil
            if let failure, failure != said { Commentary.say("\(failure); the watch continues", .warning) }
            if failure != nil || event != nil { said = failure }
            guard let event else { continue }
            let changes = changes(event, &known)
            try Output.writing { output throws(RunFailure) in
                for (key, value, revision) in changes {
                    guard let change = Change(key, value, revision, setup) else { continue }
                    if arguments.wantsJSON {
                        try output.line(change.json(setup.file.station))
                    } else {
                        try output.row("\(change.seen.iso8601)  \(change.channel): \(change.words)")
                    }
                }
            }
        }
        return .good
    }

    private typealias Entry = (key: String, value: Data?, revision: Int64)

    /// The changes of an event. If etcd has compacted its history, all keys come again, and the keys that differ have
    /// changed.
    private static func changes(_ event: EtcdWatch.Event, _ known: inout [String: Data]?) -> [Entry] {
        switch event {
        case .state(let values, let revision):
            let now = Dictionary(uniqueKeysWithValues: values.map { ($0.key, $0.value) })
            defer { known = now }
            guard let known else { return [] }
            let removed = known.keys.filter { now[$0] == nil }.sorted()
            return removed.map { ($0, nil, revision) }
                + values.filter { known[$0.key] != $0.value }.map { ($0.key, $0.value, $0.modRevision) }
        case .changes(let changes, _):
            return changes.map { change in
                switch change.kind {
                case .put(let value):
                    known?[change.key] = value
                    return (change.key, value, change.revision)
                case .delete:
                    known?[change.key] = nil
                    return (change.key, nil, change.revision)
                }
            }
        }
    }

    /// A change of one record.
    private struct Change {
        let channel: String
        /// Which record: as its key ends.
        let record: String
        /// `nil`: it was removed.
        let value: StationValue?
        let revision: Int64
        let seen = HostClock.utc()

        /// - Returns: `nil` for a key that does not belong to a channel, and for a damaged record, which is reported.
        init?(_ text: String, _ data: Data?, _ revision: Int64, _ setup: StationSetup) {
            switch setup.store.key(text) {
            case .spec(let name): (channel, record) = (name, "spec")
            case .grid(let name): (channel, record) = (name, "grid")
            case .plan(let name): (channel, record) = (name, "plan")
            case .air(let name): (channel, record) = (name, "air")
            case .relay(let name): (channel, record) = (name, "relay")
            case .host, .tenure, .primary, .ceiling, nil: return nil
            }
            do throws(StationStore.Failure) {
                value = if let data { try setup.store.record(text, data)?.value } else { nil }
            } catch {
                Commentary.say("\(error)", .warning)
                return nil
            }
            self.revision = revision
        }

        var words: String {
            switch value {
            case .spec(let spec): spec.words
            case .grid(let grid): grid.words
            case .plan(let plan): "plan: \(plan.words)"
            case .air(let air): "on air on \(air.words)"
            case .relay(let relay): "move \(relay.words)"
            case .host, .tenure, .primary, .ceiling, nil: "\(record) removed"
            }
        }

        func json(_ station: String) -> JSONText {
            var json = JSONText()
            json.object { json in
                json.member("schema", "tickrun/channel-change/1")
                json.member("station", station)
                json.member("channel", channel)
                json.member("record", record)
                json.member("removed", value == nil)
                json.member("revision", revision)
                json.member("seen_utc_ns", seen.nanoseconds)
                switch value {
                case .spec(let spec): json.members(of: spec)
                case .grid(let grid): json.members(of: grid)
                case .plan(let plan): json.members(of: plan)
                case .air(let air): json.members(of: air)
                case .relay(let relay): json.members(of: relay)
                case .host, .tenure, .primary, .ceiling, nil: break
                }
            }
            return json
        }
    }
}
