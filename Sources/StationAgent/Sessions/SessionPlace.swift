// Where the ticks of a running session fall, for the rules: on BOOTTIME and on TAI. A session's own grid is on the
// monotonic clock.

import Stations
import TickLinux
import TickScheduling
import TickTime

extension TickGrid {
    /// A session on this grid, as the rules see it.
    ///
    /// - Parameters:
    ///   - uncertainty: how far the grid may be from the instants that it was begun for.
    ///   - monotonic, boot: readings so close together that their difference is the suspended time.
    /// - Returns: `nil` for a tick outside the clocks' range.
    func state(
        from firstTick: Int64, lead: Nanoseconds, uncertainty: Nanoseconds, at moment: HostMoment,
        _ monotonic: MonotonicInstant, _ boot: BootInstant
    ) -> ChannelPart.SessionState? {
        let tick = max(firstTick, lastTickDue(at: monotonic) ?? 0)
        guard let deadline = try? deadline(of: tick) else { return nil }
        let due = boot +| (deadline -| monotonic)
        guard let grid = ChannelGrid(rate: rate, tick: tick, due: due) else { return nil }
        let phase = moment.tai.map { tai in
            PhaseRecord(
                tick: tick, taiNanoseconds: (tai +| (due -| moment.boot)).nanoseconds,
                boundNanoseconds: ((moment.taiBound ?? .zero) +| uncertainty).count)
        }
        return ChannelPart.SessionState(grid: grid, phase: phase, firstTick: firstTick, lead: lead)
    }

    /// How far the owner's tick is due after this grid's; `nil` while this host does not know TAI.
    func jump(to phase: PhaseRecord, _ moment: HostMoment) -> Nanoseconds? {
        guard let tai = moment.tai, let deadline = try? deadline(of: phase.tick) else { return nil }
        let (monotonic, boot) = (HostClock.monotonic(), HostClock.boot())
        let ahead = (deadline -| monotonic) +| (boot -| moment.boot)
        return TAIInstant(nanoseconds: phase.taiNanoseconds) -| (tai +| ahead)
    }
}
