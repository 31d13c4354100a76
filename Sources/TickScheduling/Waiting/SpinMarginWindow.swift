/// The last 512 lengths of one kind (sleep overshoots, latenesses, intervals), in a ring that is allocated with its
/// owner. Nothing is allocated later, and nothing is ever sorted.
///
/// Order statistics need one pass. With at most 512 values, the 99th percentile is one of the six greatest, so the
/// pass keeps only those. A median is only used in comparisons, for which counting is enough.
///
/// `@unchecked Sendable`: the memory has one owner, which cannot be copied.
@safe struct SpinMarginWindow: ~Copyable, @unchecked Sendable {
    static var capacity: Int { @_noAllocation @_noLocks get { 512 } }

    /// Greater lengths are stored as one hour, so that sums of 512 stay far inside an `Int64`.
    static var longest: Int64 { @_noAllocation @_noLocks get { 3_600_000_000_000 } }

    // Separate memory rather than an `InlineArray` in the struct: with that, and optimized, a pass took some 20 µs
    // instead of less than one (measured, Swift 6.3.1).
    private let values: UnsafeMutablePointer<Int64>
    private var next = 0
    /// How many lengths it holds, at most 512.
    private(set) var count = 0

    init() {
        unsafe values = .allocate(capacity: Self.capacity)
        unsafe values.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        unsafe values.deallocate()
    }

    /// Replaces the oldest length by a new one, in nanoseconds; a negative one counts as 0.
    @_noAllocation @_noLocks
    mutating func append(_ length: Int64) {
        unsafe values[next] = min(max(length, 0), Self.longest)
        next = (next &+ 1) & 511
        count = min(count &+ 1, Self.capacity)
    }

    @_noAllocation @_noLocks
    mutating func removeAll() { count = 0 }

    /// The value appended `age` appends before the newest.
    @_noAllocation @_noLocks
    private func value(ofAge age: Int) -> Int64 { unsafe values[(next &- 1 &- age) & 511] }

    /// The 99th percentile (nearest rank) of the newest `recent` lengths: of 256 the third
    /// greatest, of fewer than 100 the greatest.
    ///
    /// - Precondition: 0 < recent ≤ count.
    @_noAllocation @_noLocks
    func percentile99(ofLast recent: Int) -> Int64 {
        // recent − ⌈0.99 · recent⌉ values lie above the one sought.
        let rank = recent / 100 + 1
        var greatest = InlineArray<6, Int64>(repeating: -1)
        var age = 0
        while age < recent {
            let length = value(ofAge: age)
            if length > greatest[rank - 1] {
                var place = rank - 1
                while place > 0, greatest[place - 1] < length {
                    greatest[place] = greatest[place - 1]
                    place -= 1
                }
                greatest[place] = length
            }
            age += 1
        }
        return greatest[rank - 1]
    }

    /// Whether the median of the newest `recent` lengths exceeds `length`: more than half do.
    @_noAllocation @_noLocks
    func medianExceeds(_ length: Int64, ofLast recent: Int) -> Bool {
        var above = 0
        var age = 0
        while age < recent {
            if value(ofAge: age) > length { above += 1 }
            age += 1
        }
        return 2 * above > recent
    }

    /// The sum of the newest `recent` lengths.
    @_noAllocation @_noLocks
    func sum(ofLast recent: Int) -> Int64 {
        var sum: Int64 = 0
        var age = 0
        while age < recent {
            sum += value(ofAge: age)
            age += 1
        }
        return sum
    }

    /// The greatest margin up to `wanted` that would have cost at most `allowance` in total over the newest `recent`
    /// overshoots: Σ max(0, margin − overshoot) ≤ allowance.
    ///
    /// The cost is convex in the margin and linear between two overshoots, so Newton's steps from above reach the
    /// answer and stop there; three or four passes are usual. After sixteen passes the last margin is used, which may
    /// then cost slightly more.
    @_noAllocation @_noLocks
    func affordableMargin(_ wanted: Int64, allowance: Int64, ofLast recent: Int) -> Int64 {
        var margin = wanted
        var passes = 0
        while passes < 16 {
            var below: Int64 = 0
            var sumBelow: Int64 = 0
            var age = 0
            while age < recent {
                let overshoot = value(ofAge: age)
                if overshoot < margin {
                    below += 1
                    sumBelow += overshoot
                }
                age += 1
            }
            if below * margin - sumBelow <= allowance { break }
            margin = (allowance + sumBelow) / below
            passes += 1
        }
        return margin
    }
}
