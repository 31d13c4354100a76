import Foundation

/// What a process held at one moment of a run that starts many loops, as `leftovers` prints it.
public struct ProcessHoldings: Decodable, Equatable {
    public let when: String
    public let descriptors: Int
    public let latencyDescriptors: Int
    public let threads: Int
    public let mappings: Int
    public let lockedKib: Int
    public let policy: Int
    public let cpus: Int
    public let timerSlack: Int

    /// The lines of a program's output.
    public static func lines(_ output: [String]) throws -> [String: ProcessHoldings] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let all = try output.map { try decoder.decode(ProcessHoldings.self, from: Data($0.utf8)) }
        return Dictionary(all.map { ($0.when, $0) }) { $1 }
    }

    /// What the loops since `before` did not give back or changed; empty if nothing.
    public func leftovers(since before: ProcessHoldings) -> [String] {
        let isKept = [
            "descriptors": descriptors == before.descriptors, "threads": threads == before.threads,
            "mappings": mappings <= before.mappings + 2, "CPU latency": latencyDescriptors == 0,
            "locked memory": lockedKib == 0, "policy": policy == 0, "CPUs": cpus == before.cpus,
            "timer slack": timerSlack == before.timerSlack,
        ]
        return isKept.filter { !$0.value }.keys.sorted()
    }
}
