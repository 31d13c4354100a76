// The bucket of a value (HdrHistogram, Gil Tene; here with three significant digits from 1 ns).
//
// Three digits need 1000 equal buckets for every value's own size; 1024 is the next power of two.
// So values below 2048 have a bucket of 1 ns each, and every doubling above has 1024 buckets, each
// twice as wide as those of the doubling before:
//
//     0 ........ 1023 | 1024 ... 2047 | 2048 ... 4095 | 4096 ... 8191 | ...
//     1024 of 1 ns    | 1024 of 1 ns  | 1024 of 2 ns  | 1024 of 4 ns  | ...
//     doubling 0        doubling 0      doubling 1      doubling 2
//
// The doubling of v is the number of bits that v has beyond 11, and the bucket within it v without
// that many low bits:
//
//     d = max(0, 53 − leadingZeros(v)),   index(v) = 1024·d + (v >> d).
//
// (v >> d lies in 1024 ... 2047 for d > 0, so that doubling d occupies indexes 1024·(d+1) up.)
// A bucket of doubling d is 2^d wide and begins at 1024·2^d or above: its highest value is less
// than 1/1024 above any value in it. That is the whole error of a reported percentile.
//
// 37 doublings reach 2⁴⁷ ns: (37 + 1) · 1024 buckets of 8 bytes.

@usableFromInline enum LatencyHistogramLayout {
    /// 2⁴⁷ − 1 ns.
    @inlinable static var highestTrackable: Int64 {
        @_noAllocation @_noLocks get { 0x7FFF_FFFF_FFFF }
    }
    @inlinable static var bucketCount: Int { 38 * 1024 }

    /// The bucket of a value in 0 ... `highestTrackable`.
    @_noAllocation @_noLocks
    @inlinable static func index(of value: Int64) -> Int {
        // Setting the low 11 bits gives every value below 2048 the doubling 0, without a branch.
        let doubling = 53 &- (value | 2047).leadingZeroBitCount
        return (doubling &<< 10) &+ Int(truncatingIfNeeded: value &>> Int64(truncatingIfNeeded: doubling))
    }

    /// The lowest value of a bucket.
    @inlinable static func lowestValue(ofBucket index: Int) -> Int64 {
        let doubling = max(0, index / 1024 - 1)
        return Int64(index - 1024 * doubling) << Int64(doubling)
    }

    /// The highest value of a bucket.
    @inlinable static func highestValue(ofBucket index: Int) -> Int64 {
        let doubling = max(0, index / 1024 - 1)
        return lowestValue(ofBucket: index) + (1 << Int64(doubling)) - 1
    }
}
