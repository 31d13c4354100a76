import Foundation

/// What 'tickrun agent --json' prints once a second.
struct AgentLine: Decodable {
    struct Channel: Decodable {
        let channel: String
        let role: String
        let onAir: Bool
        let unfenced: Bool
        let fencingNumber: Int64?
        let firstTick: Int64?
        let ticksOnAir: Int64
        let ticksUnfenced: Int64
        let lastTickOnAir: Int64?
    }

    static let schema = #""schema":"tickrun/agent/1""#

    let tenure: String
    let generation: Int64
    let validForNs: Int64?
    let primaryView: Int64?
    let channels: [Channel]

    func channel(_ name: String) -> Channel? { channels.first { $0.channel == name } }

    /// Whether the host may act now.
    var isValid: Bool { tenure == "held" && validForNs ?? 0 > 0 }
}

/// What 'tickrun agent --json' prints of an event.
struct AgentEvent: Decodable {
    static let schema = #""schema":"tickrun/agent-event/1""#

    let event: String
    let channel: String?
    let view: Int64?
    let floorUtcNs: Int64?
}

/// What 'tickrun replay --channel --json' prints.
struct ChannelReplayLine: Decodable {
    struct Owner: Decodable {
        let fencingNumber: Int64
        let journal: String
        let firstTick: Int64
        let lastTick: Int64
        let ticks: Int64
        let phaseJumpNs: Int64?
    }

    struct Gap: Decodable {
        let firstTick: Int64
        let lastTick: Int64
        let lengthNs: Int64
    }

    let good: Bool
    let ticksOnAir: Int64
    let ticksUnfenced: Int64
    let ticksMissed: Int64
    let faults: Int64
    let owners: [Owner]
    let gaps: [Gap]
}

/// The record of a move in etcd.
struct RelayLine: Decodable {
    struct State: Decodable {
        struct Cancelled: Decodable { let reason: String }
        struct Done: Decodable {}
        let cancelled: Cancelled?
        let done: Done?
    }

    let id: Int64
    let state: State
}

enum StationJSON {
    static func decode<Value: Decodable>(_ text: some StringProtocol) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }
}
