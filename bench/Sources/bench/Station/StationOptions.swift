internal import TickTime

struct StationOptions {
    let rate: FrameRate
    /// Planned moves between the two hosts.
    let moves: Int
    /// Turns with a station and without, of each so many.
    let rounds: Int
    /// The length of a turn.
    let seconds: Int
    let program: String

    static let valued: Set<String> = ["--rate", "--moves", "--rounds", "--seconds", "--tickrun"]

    init(_ arguments: Arguments) throws(BenchError) {
        rate = try arguments.rate()
        moves = try arguments.integer("--moves", in: 1...10_000, or: 20, because: "each takes about four seconds")
        rounds = try arguments.integer("--rounds", in: 2...1_000, or: 6, because: "a spread needs at least 2 rounds")
        seconds = try arguments.integer("--seconds", in: 2...3_600, or: 20, because: "the length of a turn")
        program = arguments.string("--tickrun") ?? PackageFolder.release + "/tickrun"
    }
}
