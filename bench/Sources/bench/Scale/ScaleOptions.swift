// The loads that are measured: how many sessions, at which rates, with how much work.

internal import TickTime

struct ScaleOptions {
    /// The length of one turn.
    let seconds: Int
    let rounds: Int
    /// The most sessions of the comparison.
    let most: Int
    let fifo: Int?
    let cpu: Int

    static let valued: Set<String> = ["--seconds", "--rounds", "--most", "--fifo", "--cpu"]

    init(_ arguments: Arguments) throws(BenchError) {
        seconds = try arguments.integer("--seconds", in: 1...3_600, or: 3, because: "the length of a turn")
        rounds = try arguments.integer("--rounds", in: 1...1_000, or: 3, because: "the median is taken over the rounds")
        most = try arguments.integer(
            "--most", in: 1...10_000, or: 10_000, because: "the most sessions to compare")
        fifo = try arguments.fifo()
        cpu = try arguments.cpu()
    }

    /// Every load of the comparison, the small ones first.
    var loads: [ScaleLoad] {
        var loads: [ScaleLoad] = []
        for work in [0, 1_000] {
            for rates in [ScaleLoad.same, ScaleLoad.mixed] {
                for count in [1, 10, 100, 1_000, 10_000] where count <= most {
                    loads.append(ScaleLoad(sessions: count, rates: rates, work: Nanoseconds(Int64(work))))
                }
            }
        }
        if most >= 1_000 { loads.append(.thousandAt5994) }
        return loads
    }

    /// The loads with which the search for the loop's limit begins.
    var saturations: [ScaleLoad] { most < 10_000 ? [] : loads.filter { $0.sessions == 10_000 } }
}

/// The work of a loop.
struct ScaleLoad: Hashable {
    var sessions: Int
    /// The rates, which the sessions have in turn.
    let rates: [FrameRate]
    /// How long each handler is busy.
    let work: Nanoseconds

    static let same: [FrameRate] = [.fps25]
    static let mixed: [FrameRate] = [.fps25, .fps2997, .fps50, .fps5994]
    static let thousandAt5994 = ScaleLoad(sessions: 1_000, rates: [.fps5994], work: .zero)

    var rateText: String { rates.map { $0.name ?? "\($0)" }.joined(separator: "+") }
    var workText: String { work == .zero ? "idle" : "\(work.count / 1_000) us" }
    var name: String { "\(sessions) sessions at \(rateText), \(workText)" }

    var periods: [Nanoseconds] {
        rates.map { Nanoseconds(Int64($0.denominator) * 1_000_000_000 / Int64($0.numerator)) }
    }

    /// The number of ticks of all sessions in a length of time.
    func ticks(within length: Int64) -> Int64 {
        let perSecond = (0..<sessions).reduce(0.0) { sum, session in
            let rate = rates[session % rates.count]
            return sum + Double(rate.numerator) / Double(rate.denominator)
        }
        return Int64((perSecond * Double(length) / 1e9).rounded())
    }

    /// The load as options of a turn's command line.
    var arguments: [String] {
        [
            "--sessions", "\(sessions)", "--rates", rates.map(\.rational).joined(separator: ","), "--work-ns",
            "\(work.count)",
        ]
    }

    /// For the peer: each rate with the number of its sessions.
    var groups: [String] {
        rates.enumerated().flatMap { place, rate in
            [
                "\(rate.numerator)", "\(rate.denominator)",
                "\(sessions / rates.count + (place < sessions % rates.count ? 1 : 0))",
            ]
        }
    }
}

extension Arguments {
    /// `--fifo`, default 80.
    func fifo() throws(BenchError) -> Int? {
        let priority = try integer(
            "--fifo", in: 0...99, or: 80, because: "a SCHED_FIFO priority, or 0 for SCHED_OTHER")
        return priority > 0 ? priority : nil
    }
}
