// One step of a schedule: the wait for the first deadline ends, its tick starts and finishes, and its
// session goes back among the others with the deadline after it.
//
// Each session has a different epoch and rate, so that deadlines are distinct and each step is a pass: the worst
// case. Time is virtual: it jumps to each instant for which the schedule waits.

internal import TickLinux
internal import TickScheduling
internal import TickTime

/// A schedule of many sessions that is stepped again and again.
final class ScheduleStepper {
    private var schedule: TickSchedule
    private var now: MonotonicInstant

    init(sessions: Int, seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let begin = HostClock.monotonic()
        now = begin
        schedule = TickSchedule(capacity: sessions)
        let rates: [FrameRate] = [.fps25, .fps2997, .fps50, .fps5994]
        for number in 0..<sessions {
            // Anywhere in the first tenth of a second, so that all phases occur.
            let monotonic = begin + Nanoseconds(Int64(random.next() % 100_000_000))
            let epoch = SessionEpoch(
                utc: UTCInstant(nanoseconds: 1_794_000_000_000_000_000), utcSource: .system,
                hostUTC: UTCInstant(nanoseconds: 1_794_000_000_000_000_000), monotonic: monotonic,
                uncertainty: Nanoseconds(50))
            _ = try schedule.add(SessionPlan(rate: rates[number % rates.count]), epoch: epoch, beginningAt: begin)
        }
    }

    /// - Returns: a value from every tick, so that the compiler removes no tick.
    func steps(_ count: Int) -> Int64 { Self.steps(count, &schedule, &now) }

    private static func steps(_ count: Int, _ schedule: inout TickSchedule, _ now: inout MonotonicInstant) -> Int64 {
        var (sum, done) = (Int64(0), 0)
        while done < count {
            switch schedule.next(at: now) {
            case .ended: preconditionFailure("sessions without end do not end")
            case .wait(let until): now = until
            case .start:
                sum &+= schedule.start(at: now).index
                sum &+= schedule.finish(at: now).count
                done += 1
            }
        }
        return sum
    }
}

/// The least such work, with nothing but deadlines: a binary heap of pairs, popped and pushed.
final class BareHeap {
    private struct Entry {
        var deadline: Int64
        var session: Int32
    }

    private var heap: [Entry]
    private var period: Int64 = 16_683_333

    init(sessions: Int, seed: UInt64) {
        var random = SplitMix64(state: seed)
        heap = (0..<sessions).map { Entry(deadline: Int64(random.next() % 100_000_000), session: Int32($0)) }
        heap.sort { $0.deadline < $1.deadline }
    }

    func steps(_ count: Int) -> Int64 {
        var sum: Int64 = 0
        unsafe heap.withUnsafeMutableBufferPointer { heap in
            for _ in 0..<count {
                var moved = unsafe heap[0]
                sum &+= moved.deadline
                // The first entry sinks from the top with its next deadline: pop and push in one.
                moved.deadline &+= period
                var hole = 0
                while true {
                    var child = 2 * hole + 1
                    guard child < heap.count else { break }
                    if child + 1 < heap.count, unsafe heap[child + 1].deadline < heap[child].deadline { child += 1 }
                    guard unsafe heap[child].deadline < moved.deadline else { break }
                    unsafe heap[hole] = heap[child]
                    hole = child
                }
                unsafe heap[hole] = moved
            }
        }
        return sum
    }
}
