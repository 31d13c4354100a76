// The readings of media clocks at a tick: RTP timestamps, PTS, audio samples.
//
// A media clock of C Hz that reads 0 at tick 0 reads x(n) = n · C · den / num at tick n. A timestamp is a whole
// number, and there are two ways to get one:
//
//     nearest    ⌊x + ½⌋    halves up: how container formats rescale an index to a time base
//     sampled    ⌊x⌋        what the counter of the media clock shows at that instant: how RTP is stamped
//
// At 59.94 a 90 kHz clock reads 0, 1502, 3003, 4505, 6006 with `nearest` and 0, 1501, 3003, 4504, 6006 with
// `sampled`. Both are computed from the index, like a deadline, and never accumulated: a sum of 1502 per frame would
// be 1.2 s off after an hour.
//
// What can go wrong: a program mixes the two, and every second timestamp is off by one. Or a program takes the
// samples of one frame for a constant (1602, 1601, 1602, 1601, 1602 at 29.97 and 48 kHz). They are the difference of
// two ticks' timestamps, so that no sample is lost or doubled.

/// How a media clock's reading becomes a whole number.
public enum MediaRounding: String, Sendable, Hashable, CaseIterable, BitwiseCopyable {
    /// To nearest, halves up, as container formats rescale.
    case nearest
    /// Down: the value that the media clock's counter shows at that instant, as RTP is stamped.
    case sampled
}

extension FrameRate {
    /// The reading at tick `tick` of a media clock that read 0 at tick 0: RTP timestamps
    /// and PTS (`clockRate` 90 000), or the first audio sample of the tick (48 000).
    /// `tick · clockRate · den / num`, rounded by `rounding`; not wrapped to the 32 bits of RTP.
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

    /// The number of audio samples in tick `tick`: the next tick's media timestamp minus its own, both rounded to
    /// nearest. At 29.97 and 48 kHz the counts are 1602, 1601, 1602, 1601, 1602.
    ///
    /// - Throws: as `mediaTimestamp(ofTick:clockRate:)`, for this tick and the next.
    public func audioSamples(inTick tick: Int64, sampleRate: UInt32) throws(TickTimeError) -> Range<Int64> {
        let first = try mediaTimestamp(ofTick: tick, clockRate: sampleRate)
        let (next, overflow) = tick.addingReportingOverflow(1)
        guard !overflow else { throw .mediaTimestampOutOfRange(tick: tick, clockRate: sampleRate) }
        return first..<(try mediaTimestamp(ofTick: next, clockRate: sampleRate))
    }
}
