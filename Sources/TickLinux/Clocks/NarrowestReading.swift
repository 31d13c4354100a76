internal import TickTime

extension HostClock {
    /// The reading with the narrowest bracket of `attempts`; the first, if several are equal.
    ///
    /// - Parameter read: takes a reading, with half the width of its bracket.
    @inline(__always) static func narrowest<Reading>(
        _ attempts: Int, _ read: () -> (Reading, halfBracket: Nanoseconds)
    ) -> Reading {
        var best = read()
        for _ in 1..<attempts {
            let next = read()
            if next.halfBracket < best.halfBracket { best = next }
        }
        return best.0
    }
}
