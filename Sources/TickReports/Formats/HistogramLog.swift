// Histograms in the log format of HdrHistogram's tools (.hlog, version 1.3): one line per interval, the counts in
// base64.
//
//     Tag=start_lateness,0.000,10.010,0.212,HISTFAAAA…
//
// Payload (HdrHistogram V2, big endian): cookie, length of the counts, index offset 0, 3 digits, lowest 1, highest,
// ratio 1.0; then each count as a ZigZag LEB128 of at most nine bytes, a run of n zeros as −n. The payload is wrapped
// as zlib (RFC 1950) in stored blocks (RFC 1951, 3.2.4), which need no compressor and which every reader accepts. The
// result is encoded as base64 (RFC 4648).

public import TickScheduling
public import TickTime

/// Writes a histogram log.
public struct HistogramLog: Sendable {
    public private(set) var text: String

    /// - Parameter start: when the first interval began.
    public init(start: UTCInstant, comment: String) {
        let seconds = Double(start.nanoseconds) / 1e9
        text = """
            #[\(comment)]
            #[Histogram log format version 1.3]
            #[StartTime: \(Decimals.text(seconds, 3)) (seconds since epoch), \(start.iso8601)]
            #[BaseTime: \(Decimals.text(seconds, 3)) (seconds since epoch)]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
    }

    /// Adds an interval.
    ///
    /// - Parameters:
    ///   - begin: since the start of the log.
    ///   - tag: what was measured; letters, digits and `_`.
    public mutating func add(
        _ histogram: borrowing LatencyHistogram, tag: String, begin: Nanoseconds = .zero, length: Nanoseconds
    ) {
        if histogram.overflowCount > 0 || histogram.negativeCount > 0 {
            text += "#[\(tag): beyond the range \(histogram.overflowCount), negative and counted as 0 "
            text += "\(histogram.negativeCount)]\n"
        }
        func seconds(_ length: Nanoseconds) -> String { Decimals.text(Double(length.count) / 1e9, 3) }
        // Interval_Max is in milliseconds.
        let maximum = Decimals.text(Double(histogram.maximum?.count ?? 0) / 1e6, 3)
        text += "Tag=\(tag),\(seconds(begin)),\(seconds(length)),\(maximum),"
        text += Self.base64(Self.compressed(Self.payload(of: histogram))) + "\n"
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        let bits = value.bitWidth
        return stride(from: bits - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func payload(of histogram: borrowing LatencyHistogram) -> [UInt8] {
        var counts: [UInt8] = []
        var next = 0
        histogram.forEachBucket { lowest, _, count in
            let index = Self.index(of: lowest.count)
            if index > next { counts += zigZag(Int64(next - index)) }
            counts += zigZag(count)
            next = index + 1
        }
        var bytes = bigEndian(UInt32(0x1C84_9313)) + bigEndian(UInt32(counts.count)) + bigEndian(UInt32(0))
        bytes += bigEndian(UInt32(3)) + bigEndian(UInt64(1))
        bytes += bigEndian(UInt64(LatencyHistogram.highestTrackable.count)) + bigEndian(Double(1).bitPattern)
        return bytes + counts
    }

    /// Where the bucket that begins with a value stands: 1024 to each doubling.
    private static func index(of lowest: Int64) -> Int {
        let doubling = max(0, 53 - (lowest | 2_047).leadingZeroBitCount)
        return 1_024 * doubling + Int(lowest >> Int64(doubling))
    }

    private static func zigZag(_ value: Int64) -> [UInt8] {
        var rest = UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63)
        var bytes: [UInt8] = []
        // The ninth byte holds all remaining bits.
        while rest >= 0x80, bytes.count < 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(truncatingIfNeeded: rest)]
    }

    private static func compressed(_ payload: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = payload[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            stream += [UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8)]
            stream += block
        } while !rest.isEmpty
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in payload {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        stream += bigEndian(b << 16 | a)
        return bigEndian(UInt32(0x1C84_9314)) + bigEndian(UInt32(stream.count)) + stream
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count / 3 * 4 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let three = bytes[start..<min(start + 3, bytes.count)]
            var group = three.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            group <<= 8 * UInt32(3 - three.count)
            for place in 0..<4 {
                text.append(place <= three.count ? alphabet[Int(group >> UInt32(18 - 6 * place) & 0x3F)] : 0x3D)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
