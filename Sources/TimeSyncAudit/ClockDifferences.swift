// The tightest bounds on the differences of all clocks that the evidence allows.
//
// Evidence is a difference constraint, lower ≤ x(reference) − x(node) ≤ upper, with UTC a clock among the
// others. The tightest upper bound on x(j) − x(i) is then the shortest path from i to j (Floyd, "Algorithm 97",
// CACM 1962), and evidence that cannot all be true shows as a cycle of negative length. So a node that only its
// peers have measured is bounded against UTC through them, several measurements of a node sharpen each other,
// and two that exclude each other are found, whatever their source.
//
// What can go wrong: bounds rest on the premise that each measurement is right about itself. A wrong measurement that
// no other one excludes moves everything that is derived from it.

internal import ClusterClock
internal import TickTime

struct ClockDifferences {
    /// The work grows with the cube of the number of clocks, so more nodes than this are not judged together.
    static let limit = 512

    private let places: [String: Int]
    private let count: Int
    /// The most that the clock of a column is ahead of that of a row.
    private var upper: [Int128]

    private static let unbounded = Int128(1) << 100
    private static let utcPlace = 0

    init(_ nodes: [String], _ evidence: [SyncEvidence]) {
        precondition(nodes.count <= Self.limit)
        places = Dictionary(nodes.enumerated().map { ($0.element, $0.offset + 1) }, uniquingKeysWith: { a, _ in a })
        count = nodes.count + 1
        upper = [Int128](repeating: Self.unbounded, count: count * count)
        for place in 0..<count { upper[place * count + place] = 0 }
        for piece in evidence {
            guard let interval = piece.interval, let node = places[piece.node] else { continue }
            let reference: Int
            switch piece.reference {
            case .utc: reference = Self.utcPlace
            case .node(let name):
                guard let place = places[name] else { continue }
                reference = place
            }
            bound(node, reference, Int128(interval.upper.count))
            bound(reference, node, -Int128(interval.lower.count))
        }
        close()
    }

    private mutating func bound(_ row: Int, _ column: Int, _ most: Int128) {
        upper[row * count + column] = min(upper[row * count + column], most)
    }

    private mutating func close() {
        for via in 0..<count {
            for row in 0..<count where upper[row * count + via] < Self.unbounded {
                for column in 0..<count where upper[via * count + column] < Self.unbounded {
                    bound(row, column, upper[row * count + via] + upper[via * count + column])
                }
            }
        }
    }

    /// Nodes whose evidence cannot all be true.
    var contradicted: [String] {
        places.filter { upper[$0.value * count + $0.value] < 0 }.keys.sorted()
    }

    /// How far UTC is ahead of a node's clock; `nil` where nothing bounds it on both sides, or the evidence
    /// contradicts itself.
    func utc(aheadOf node: String) -> OffsetInterval? { places[node].flatMap { difference(Self.utcPlace, $0) } }

    /// How far the second node's clock is ahead of the first's.
    func difference(from a: String, to b: String) -> OffsetInterval? {
        guard let first = places[a], let second = places[b] else { return nil }
        return difference(second, first)
    }

    private func difference(_ ahead: Int, _ behind: Int) -> OffsetInterval? {
        let most = upper[behind * count + ahead], least = upper[ahead * count + behind]
        guard most < Self.unbounded, least < Self.unbounded, -least <= most else { return nil }
        let limit = Int128(1) << 62
        func end(_ value: Int128) -> Nanoseconds { Nanoseconds(Int64(min(limit, max(-limit, value)))) }
        return OffsetInterval(end(-least), end(most))
    }
}
