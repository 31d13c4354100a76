// A watch over etcd's stream. It is only a hint, because a member that is dead or cut off is silent. So after a silence
// the watch asks for a change that it should have seen, and leaves a member that did not send one.
//
// The watch misses nothing: on every member, a stream begins at the revision after the last one seen. If etcd has
// compacted that revision, the watch reads the keys again and gives the caller all of them.

import Dispatch
import Foundation
package import TickTime

/// Follows the keys of a range. For one thread.
package final class EtcdWatch {
    /// What a watch saw.
    package enum Event: Hashable, Sendable {
        /// All keys as they are at a revision: at the beginning, and after a compaction.
        case state([KeyValue], revision: Int64)
        /// Changes, oldest first; the revision is the last one's.
        case changes([KeyChange], revision: Int64)
    }

    private let client: EtcdClient
    private let range: KeyRange
    /// After this time without a line, the watch looks for a change that it missed.
    private let silence: Nanoseconds
    private var stream: Stream?
    /// The member that the stream is at, or the next one will be.
    private var endpoint: Int
    /// What was seen: the revision of the last state or change.
    private var seen: Int64?
    /// Why the last stream ended.
    package private(set) var lastFailure: EtcdError?
    /// Whether the last silence hid a change.
    package private(set) var isSilent = false
    /// How many streams were opened.
    package private(set) var streams = 0

    private struct Stream {
        let exchange: Exchange
        var lastLine: DispatchTime
    }

    /// - Parameter silence: 100 ms ... 1 min.
    package init(_ client: EtcdClient, _ range: KeyRange, silence: Nanoseconds = .seconds(5)) {
        self.client = client
        self.range = range
        endpoint = client.current
        self.silence = min(max(silence, .milliseconds(100)), .seconds(60))
    }

    /// Waits for what comes next.
    ///
    /// A stream that breaks is opened again, at the next member; the failure is kept in `lastFailure`.
    ///
    /// - Returns: `nil` if nothing came within the time limit.
    package func next(timeLimit: Nanoseconds) -> Event? {
        let deadline = DispatchTime.now() + client.checked(timeLimit)
        repeat {
            do {
                guard let seen else { return try begin(deadline) }
                if let event = try step(after: seen, deadline) { return event }
            } catch {
                lastFailure = error
                close()
                // A member that refuses at once must not be asked without a pause.
                if case .compacted = error { seen = nil } else { pause(until: deadline) }
            }
        } while DispatchTime.now() < deadline
        return nil
    }

    private func begin(_ deadline: DispatchTime) throws(EtcdError) -> Event {
        let reply = try client.read(range, timeLimit: remaining(deadline))
        seen = reply.revision
        return .state(reply.values, revision: reply.revision)
    }

    /// Reads a line of the stream, and opens it first if there is none.
    private func step(after seen: Int64, _ deadline: DispatchTime) throws(EtcdError) -> Event? {
        if stream == nil { try open(after: seen, deadline) }
        guard let stream else { return nil }
        let quiet = stream.lastLine + silence
        let line: [UInt8]?
        do { line = try stream.exchange.line(by: min(deadline, quiet)) } catch .deadline {
            if DispatchTime.now() >= quiet { try lookForMissed(after: seen) }
            return nil
        } catch {
            throw client.error(error, endpoint, silence)
        }
        guard let line else {
            throw .interrupted(endpoint: client.name(endpoint), cause: "the watch's stream ended")
        }
        self.stream?.lastLine = DispatchTime.now()
        return try read(line)
    }

    private func open(after seen: Int64, _ deadline: DispatchTime) throws(EtcdError) {
        let request = WatchRequest(
            createRequest: .init(key: range.key, rangeEnd: range.end, startRevision: IntegerText(seen + 1)))
        streams += 1
        stream = Stream(
            exchange: try client.stream(endpoint, "watch", request, deadline, remaining(deadline)),
            lastLine: DispatchTime.now())
    }

    private func read(_ line: [UInt8]) throws(EtcdError) -> Event? {
        if line.isEmpty { return nil }
        let name = client.name(endpoint)
        if let error = EtcdClient.refusal(stream?.exchange.status ?? 200, line, name) { throw error }
        return try client.decode(line, endpoint) { (message: WatchMessage) throws -> Result<Event?, EtcdError> in
            if let failure = message.error {
                return .failure(
                    .refused(
                        endpoint: name, status: failure.httpCode ?? 0, code: failure.grpcCode ?? 0,
                        message: failure.message ?? "the watch is refused"))
            }
            guard let result = message.result else { throw ReplyFault(text: "a line of a watch has no result") }
            if result.canceled == true {
                if let revision = result.compactRevision?.value, revision > 0 { return .failure(.compacted(revision)) }
                return .failure(
                    .refused(
                        endpoint: name, status: 200, code: 0,
                        message: "the watch is cancelled: \(result.cancelReason ?? "no reason given")"))
            }
            return .success(try self.event(result.events ?? []))
        }.get()
    }

    /// The changes that were not seen before.
    private func event(_ events: [WatchMessage.Event]) throws -> Event? {
        let known = seen ?? 0
        let changes = try events.map { try $0.change() }.filter { $0.revision > known }
        guard let last = changes.map(\.revision).max() else { return nil }
        seen = last
        return .changes(changes, revision: last)
    }

    /// After a silence: asks whether a change is missing, and goes on at the next member. A deleted key leaves nothing
    /// to ask for, so a silent stream is never trusted for longer than this.
    private func lookForMissed(after seen: Int64) throws(EtcdError) {
        let reply = try client.changed(range, after: seen, min(silence, .seconds(5)))
        // A store that was restored from a backup goes back in revisions, so what was seen before is no longer valid.
        if reply.revision < seen { self.seen = nil }
        isSilent = !reply.values.isEmpty
        close()
    }

    /// Ends the stream; the next one is at the next member.
    private func close() {
        stream = nil
        endpoint = (endpoint + 1) % client.configuration.endpoints.count
    }

    private func pause(until deadline: DispatchTime) {
        let pause = DispatchSemaphore(value: 0)
        _ = pause.wait(timeout: min(deadline, DispatchTime.now() + .milliseconds(50) as DispatchTime))
    }

    private func remaining(_ deadline: DispatchTime) -> Nanoseconds {
        let now = DispatchTime.now().uptimeNanoseconds, end = deadline.uptimeNanoseconds
        return Nanoseconds(end > now ? Int64(end - now) : 0)
    }
}
