// What a host reads of ptp4l and of its plant's grandmaster: answers of management, times of exchanges, and
// synchronization metadata, the whole way to a bound on UTC and its changes. Nothing may trap.
//
// The input is a row of steps: a byte that says what follows, its length in 2 bytes, and so many bytes.
//
//     kind 0  an answer: bytes of a datagram        4  time passes: up to 8 bytes, in ns
//          1  the same, made an answer of the       5  the clock that stamps is set: up to 8 bytes, in ns
//             question that its data belongs to     6  a round of questions ends
//          2  a datagram of ptp4l's monitor
//          3  synchronization metadata
//
// With FUZZ_REACH in the environment, an input must reach what it names: `bound`, a referenced bound on UTC; `window`, as
// many exchanges as a window keeps; `metadata`, metadata that is accepted. The seeds are checked by it.

import ClusterClock
import Glibc
import TickTime
import TimeExchange

private enum Reached: String { case bound, window, metadata }

private let expected = getenv("FUZZ_REACH").map { String(cString: $0) }

private struct FuzzedPTP {
    static let first: UInt16 = 7
    var round = PTPRound(domain: 127, number: 5, firstSequence: first)
    var window = PTPWindow()
    var changes = PTPChanges()
    var metadata = SynchronizationMetadataState()
    var now: Int64 = 60_000_000_000
    var utc: Int64 = 1_795_000_000_000_000_000
    var reached: Set<Reached> = []

    var boot: BootInstant { BootInstant(nanoseconds: now) }

    mutating func take(_ kind: UInt8, _ bytes: [UInt8]) {
        let number = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch kind % 7 {
        case 0: answer(bytes)
        case 1: answer(adapted(bytes))
        case 2:
            guard let all = try? PTPExchangeTimes.all(in: bytes.span) else { return }
            precondition(all.count <= bytes.count / 30, "each exchange has bytes of its own")
            for times in all { window.add(times, at: boot) }
            judge()
        case 3:
            let instant = UTCInstant(nanoseconds: utc)
            let accepted = metadata.counts.accepted
            _ = metadata.take(bytes.span, length: bytes.count, at: boot, utc: instant, leapSeconds: .builtIn)
            _ = (metadata.check(at: boot), metadata.isStale(at: boot), metadata.senders(at: boot))
            guard let last = metadata.last?.message.metadata else { return }
            if metadata.counts.accepted > accepted {
                reached.insert(.metadata)
                precondition(last.faults(at: instant, leapSeconds: .builtIn).isEmpty, "what has a fault is refused")
            }
            _ = last.secondsAheadOfUTC(at: instant, leapSeconds: .builtIn)
        case 4:
            // BOOTTIME never goes back. A host that is up for a century is enough.
            let length = Int64(number % 3_000_000_000_000_000_000)
            now = min(now, 3_000_000_000_000_000_000) + length
            utc = utc.addingReportingOverflow(length).overflow ? .max : utc + length
            judge()
        case 5:
            utc = Int64(bitPattern: number)
            let ahead = Nanoseconds(utc) -| Nanoseconds(now)
            window.watch(clockAhead: OffsetInterval(ahead -| .microseconds(1), ahead +| .microseconds(1)), at: boot)
            judge()
        default:
            judge()
            round = PTPRound(domain: 127, number: 5, firstSequence: Self.first)
        }
    }

    private mutating func answer(_ bytes: [UInt8]) {
        guard let answer = try? PTPManagementAnswer(bytes.span) else { return }
        round.take(answer)
        _ = round.requests
        if let status = try? round.status() { window.follow(status.parent, at: boot) }
        judge()
    }

    /// The domain and the sequence number of the question about the data that the bytes hold.
    private func adapted(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 54 else { return bytes }
        let set = UInt16(bytes[52]) << 8 | UInt16(bytes[53])
        guard let place = PTPRound.dataSets.firstIndex(where: { $0.rawValue == set }) else { return bytes }
        var bytes = bytes
        bytes[4] = 127
        (bytes[30], bytes[31]) = (0, UInt8(Self.first) + UInt8(place))
        return bytes
    }

    private mutating func judge() {
        if window.count == 1_024 { reached.insert(.window) }
        guard let status = try? round.status() else { return }
        for stated in [PTPStatedErrors(), PTPStatedErrors(hop: .microseconds(1), holdover: .milliseconds(1))] {
            let bound = status.bound(
                by: window, stated: stated, leapSeconds: .builtIn, at: boot, utc: UTCInstant(nanoseconds: utc))
            if let interval = bound.interval {
                reached.insert(.bound)
                precondition(status.port.state == .slave && window.count > 0, "a bound rests on exchanges")
                precondition(interval.lower <= bound.offset && bound.offset <= interval.upper, "it holds its middle")
            }
            _ = (bound.error, bound.aged(by: Nanoseconds(now)))
            let fault = bound.interval == nil ? "no bound" : nil
            for change in changes.take(grandmaster: status.parent.grandmaster, fault: fault, at: boot) {
                _ = change.text
            }
        }
    }
}

func ptp(_ bytes: [UInt8]) {
    var host = FuzzedPTP()
    var position = 0, steps = 0
    while position + 3 <= bytes.count, steps < 1_024 {
        let length = Int(bytes[position + 1]) << 8 | Int(bytes[position + 2])
        let end = min(bytes.count, position + 3 + length)
        host.take(bytes[position], Array(bytes[position + 3..<end]))
        (position, steps) = (end, steps + 1)
    }
    guard let expected else { return }
    guard let reach = Reached(rawValue: expected) else { fatalError("FUZZ_REACH names nothing known: \(expected)") }
    guard host.reached.contains(reach) else { fatalError("the seed does not reach \(expected): mend seeds.py") }
}
