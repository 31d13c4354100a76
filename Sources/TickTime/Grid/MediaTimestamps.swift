// What media clocks read at a tick: RTP timestamps, PTS, audio samples.
//
// A media clock of C Hz that read 0 at tick 0 stands at x(n) = n · C · den / num at tick n. A timestamp is a whole
// number, and there are two ways to one:
//
//     nearest    ⌊x + ½⌋    halves up: how container formats rescale an index to a time base
//     sampled    ⌊x⌋        what the counter of the media clock shows at that instant: how RTP is stamped
//
// At 59.94 a 90 kHz clock reads 0, 1502, 3003, 4505, 6006 to nearest and 0, 1501, 3003, 4504, 6006 sampled. Either is
// computed from the index, like a deadline, and never accumulated: adding 1502 frame for frame would be 1.2 s off in
// the hour.
//
// What can go wrong: the two are mixed, and every second timestamp is off by one. Or the samples of one frame are
// taken for a constant (1602, 1601, 1602, 1601, 1602 at 29.97 and 48 kHz): they are the range between two ticks'
// timestamps, so that none is lost or doubled.

/// How a media clock's reading becomes a whole number.
public enum MediaRounding: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// To nearest, halves up, as container formats rescale.
    case nearest
    /// Down: the value that the media clock's counter shows at that instant, as RTP is stamped.
    case sampled
}

extension FrameRate {
    /// A media clock's reading at tick `tick`, the clock having read 0 at tick 0: RTP timestamps
    /// and PTS (`clockRate` 90 000), or the first audio sample of the tick (48 000).
    /// `tick · clockRate · den / num`, rounded as asked; not wrapped to the 32 bits of RTP.
    ///
    /// - Parameters:
    ///   - clockRate: ticks of the media clock in a second, in 1 ... `UInt32.max`.
    ///   - rounding: `.sampled` for RTP; `.nearest` for time bases of containers.
    /// - Throws: `TickTimeError.negativeTick`, `.zeroClockRate`, `.mediaTimestampOutOfRange`.
    public func mediaTimestamp(
        ofTick tick: Int64, clockRate: UInt32, rounding: MediaRounding = .nearest
    ) throws(TickTimeError) -> Int64 {
        guard tick >= 0 else { throw .negativeTick(tick) }
        guard clockRate > 0 else { throw .zeroClockRate }
        let step = UInt64(clockRate) * UInt64(denominator)
        let (high, low) = UInt64(tick).multipliedFullWidth(by: step)
        let product = UInt128(high) << 64 | UInt128(low)
        let half = rounding == .nearest ? UInt128(numerator / 2) : 0
        let timestamp = (product + half) / UInt128(numerator)
        guard timestamp <= UInt128(UInt64(Int64.max)) else {
            throw .mediaTimestampOutOfRange(tick: tick, clockRate: clockRate)
        }
        return Int64(timestamp)
    }

    /// The audio samples that belong to tick `tick`: from its own media timestamp, to nearest, up to the next
    /// tick's. At 29.97 and 48 kHz the counts run 1602, 1601, 1602, 1601, 1602.
    ///
    /// - Throws: as `mediaTimestamp(ofTick:clockRate:)`, for this tick and the next.
    public func audioSamples(inTick tick: Int64, sampleRate: UInt32) throws(TickTimeError) -> Range<Int64> {
        let first = try mediaTimestamp(ofTick: tick, clockRate: sampleRate)
        let (next, overflow) = tick.addingReportingOverflow(1)
        guard !overflow else { throw .mediaTimestampOutOfRange(tick: tick, clockRate: sampleRate) }
        return first..<(try mediaTimestamp(ofTick: next, clockRate: sampleRate))
    }
}
