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
}
