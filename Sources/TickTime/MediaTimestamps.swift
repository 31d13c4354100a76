// What media clocks read at a tick: RTP timestamps, PTS, audio samples.
//
// A media clock of C Hz that read 0 at tick 0 reads round(n · C · den / num) at tick n: at 59.94 a
// 90 kHz clock reads 0, 1502, 3003, 4505, 6006. It is computed from the index, like a deadline, and
// never accumulated: adding 1502 frame for frame would be 1.2 s off in the hour.
//
// What can go wrong: the samples of one frame are not a constant (1602, 1601, 1602, 1601, 1602 at
// 29.97 and 48 kHz). They are the range between two ticks' timestamps, so that none is lost or doubled.

extension FrameRate {
    /// A media clock's reading at tick `tick`, the clock having read 0 at tick 0: RTP timestamps
    /// and PTS (`clockRate` 90 000), or the first audio sample of the tick (48 000).
    /// `tick · clockRate · den / num`, to nearest, halves up; not wrapped to the 32 bits of RTP.
    ///
    /// - Parameter clockRate: ticks of the media clock in a second, in 1 ... `UInt32.max`.
    /// - Throws: `TickTimeError.negativeTick`, `.zeroClockRate`, `.mediaTimestampOutOfRange`.
    public func mediaTimestamp(ofTick tick: Int64, clockRate: UInt32) throws(TickTimeError) -> Int64 {
        guard tick >= 0 else { throw .negativeTick(tick) }
        guard clockRate > 0 else { throw .zeroClockRate }
        let step = UInt64(clockRate) * UInt64(denominator)
        let (high, low) = UInt64(tick).multipliedFullWidth(by: step)
        let product = UInt128(high) << 64 | UInt128(low)
        let timestamp = (product + UInt128(numerator / 2)) / UInt128(numerator)
        guard timestamp <= UInt128(UInt64(Int64.max)) else {
            throw .mediaTimestampOutOfRange(tick: tick, clockRate: clockRate)
        }
        return Int64(timestamp)
    }

    /// The audio samples that belong to tick `tick`: from its own media timestamp up to the next
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
