import ClusterClock
import TestSupport
import Testing
import TimeExchange

@Suite("A round of questions to a PTP clock")
struct PTPRoundTests {
    private static let names: [PTPDataSetID: String] = [
        .defaults: "DEFAULT_DATA_SET", .port: "PORT_DATA_SET", .portProperties: "PORT_PROPERTIES_NP",
        .parent: "PARENT_DATA_SET", .current: "CURRENT_DATA_SET", .timeProperties: "TIME_PROPERTIES_DATA_SET",
        .timeStatus: "TIME_STATUS_NP",
    ]
    private static let first: UInt16 = 65_533

    private static func round() -> PTPRound { PTPRound(domain: 127, number: 7, firstSequence: first) }

    /// The recorded answer, with the sequence number of a question.
    private static func answer(
        to request: PTPManagementRequest, _ change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> PTPManagementAnswer {
        var bytes = try PTPRecordings.answer(names[request.dataSet] ?? "")
        (bytes[30], bytes[31]) = (UInt8(request.sequence >> 8), UInt8(truncatingIfNeeded: request.sequence))
        change(&bytes)
        return try PTPManagementAnswer(bytes.span)
    }

    @Test("it asks for each data set with a number of its own, and is complete when all are answered, in any order")
    func complete() throws {
        var round = Self.round()
        let requests = round.requests
        #expect(requests.map(\.dataSet) == PTPRound.dataSets)
        #expect(Set(requests.map(\.sequence)).count == requests.count)
        for (count, request) in requests.reversed().enumerated() {
            #expect(!round.isComplete && round.requests.count == requests.count - count)
            round.take(try Self.answer(to: request))
        }
        #expect(round.isComplete && round.requests.isEmpty)
        let status = try round.status()
        #expect(status.stamping == .software && status.interface == "v0" && status.port.state == .slave)
    }

    @Test("an answer of another domain, to another question, or of another data set than asked for does not count")
    func others() throws {
        var round = Self.round()
        let requests = round.requests
        round.take(try Self.answer(to: requests[3]) { $0[4] = 0 })
        round.take(try Self.answer(to: requests[3]) { $0[31] &+= 100 })
        // The number of another question of the round.
        round.take(try Self.answer(to: requests[3]) { $0[31] &+= 1 })
        #expect(round.requests == requests)
        round.take(try Self.answer(to: requests[3]))
        #expect(round.requests.count == requests.count - 1)
    }

    @Test("a clock with several ports has answered when each of them has, and its slave counts")
    func ports() throws {
        var round = Self.round()
        let requests = round.requests
        for request in requests where ![.port, .portProperties].contains(request.dataSet) {
            round.take(try Self.answer(to: request) { if request.dataSet == .defaults { $0[57] = 3 } })
        }
        // The port's number, its state.
        for (number, state) in [(UInt8(1), UInt8(6)), (2, 9), (3, 4)] {
            #expect(!round.isComplete)
            for request in requests where [.port, .portProperties].contains(request.dataSet) {
                round.take(
                    try Self.answer(to: request) { bytes in
                        bytes[63] = number
                        bytes[64] = state
                    })
            }
        }
        #expect(round.isComplete)
        #expect(try round.status().port.port.number == 2)
    }

    @Test("a refusal is an answer, and what is missing is named")
    func refusals() throws {
        var round = Self.round()
        for request in round.requests where request.dataSet != .current {
            round.take(
                try Self.answer(to: request) { bytes in
                    // An error 2 of the same data set.
                    guard request.dataSet == .parent else { return }
                    bytes[49] = 2
                    (bytes[54], bytes[55], bytes[52], bytes[53]) = (bytes[52], bytes[53], 0, 2)
                })
        }
        #expect(!round.isComplete)
        #expect(throws: PTPRoundFailure.refused(.parent, error: 2)) { try round.status() }
        let current = try #require(round.requests.first)
        #expect(current.dataSet == .current)
        var without = Self.round()
        for request in without.requests where request.dataSet != .current {
            without.take(try Self.answer(to: request))
        }
        #expect(throws: PTPRoundFailure.unanswered(.current)) { try without.status() }
    }
}
