import TestSupport
import Testing
import TickTime

private struct MediaCase: Decodable, Sendable {
    let rate: String, clockRate: UInt32, tick: Int64, mediaTimestamp: Int64

    private enum CodingKeys: String, CodingKey {
        case rate, tick
        case clockRate = "clock_hz"
        case mediaTimestamp = "media_timestamp"
    }
}

@Suite("Media timestamps")
struct MediaTimestampsTests {
    @Test("media timestamps: the vectors")
    func mediaTimestampVectors() throws {
        for given in try Vectors.cases("media_timestamps", as: MediaCase.self) {
            let rate = try FrameRate(parsing: given.rate)
            let timestamp = try rate.mediaTimestamp(ofTick: given.tick, clockRate: given.clockRate)
            #expect(timestamp == given.mediaTimestamp, "\(given)")
        }
    }

    @Test("nearest goes to nearest, halves up, and sampled down: the cases")
    func roundings() throws {
        struct Case: Decodable { let rate: String, clockHz: UInt32, tick: Int64, nearest: Int64, sampled: Int64 }
        for given in try Cases.read("media_roundings", as: Case.self) {
            let rate = try FrameRate(parsing: given.rate)
            func timestamp(_ rounding: MediaRounding) throws -> Int64 {
                try rate.mediaTimestamp(ofTick: given.tick, clockRate: given.clockHz, rounding: rounding)
            }
            #expect(try timestamp(.nearest) == given.nearest && timestamp(.sampled) == given.sampled, "\(given)")
        }
    }

    @Test("audio samples follow one another without gap, 8008 in five frames of 29.97 at 48 kHz")
    func audioSamples() throws {
        let ranges = try (0..<5).map { try FrameRate.fps2997.audioSamples(inTick: $0, sampleRate: 48_000) }
        #expect(ranges.map(\.count) == [1602, 1601, 1602, 1601, 1602])
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(ranges.last?.upperBound == 8008)
    }

    @Test("media timestamps refuse what they cannot hold")
    func mediaTimestampRefusals() throws {
        let rate = FrameRate.fps25
        #expect(throws: TickTimeError.zeroClockRate) { try rate.mediaTimestamp(ofTick: 0, clockRate: 0) }
        #expect(throws: TickTimeError.negativeTick(-3)) { try rate.mediaTimestamp(ofTick: -3, clockRate: 90_000) }
        #expect(throws: TickTimeError.mediaTimestampOutOfRange(tick: .max, clockRate: 90_000)) {
            try rate.mediaTimestamp(ofTick: .max, clockRate: 90_000)
        }
        #expect(throws: TickTimeError.mediaTimestampOutOfRange(tick: .max, clockRate: 1)) {
            try FrameRate(1).audioSamples(inTick: .max, sampleRate: 1)
        }
        // 2⁶³ − 1 itself still fits.
        #expect(try FrameRate(1).mediaTimestamp(ofTick: .max, clockRate: 1) == .max)
    }
}
