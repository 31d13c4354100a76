// One round of questions to a PTP clock, without its sockets. Each data set is asked for with a sequence number of its
// own. A question about ports is answered once for each port, so the round is complete when every port has answered.

internal import ClusterClock

/// Why a PTP clock's answers are no status.
public enum PTPRoundFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No answer came for this data set.
    case unanswered(PTPDataSetID)
    /// The clock refuses this data set with this error.
    case refused(PTPDataSetID, error: UInt16)

    public var description: String {
        switch self {
        case .unanswered(let set): "no answer to the question for \(set.name)"
        case .refused(let set, let error): "the question for \(set.name) is refused with error \(error)"
        }
    }
}

/// The questions of one round, and what was answered so far.
public struct PTPRound: Sendable {
    public static let dataSets: [PTPDataSetID] = [
        .defaults, .port, .portProperties, .parent, .current, .timeProperties, .timeStatus,
    ]

    public let domain: UInt8
    private let number: UInt16
    private let first: UInt16

    private var defaults: PTPDataSet.Defaults?
    private var current: PTPDataSet.Current?
    private var parent: PTPDataSet.Parent?
    private var timeProperties: PTPDataSet.TimeProperties?
    private var timeStatus: PTPDataSet.TimeStatus?
    private var ports: [PTPPortIdentity: PTPDataSet.Port] = [:]
    private var properties: [PTPPortIdentity: PTPDataSet.PortProperties] = [:]
    private var refusals: [PTPDataSetID: UInt16] = [:]

    /// More ports than a clock has; others are left out.
    private static let portLimit = 256

    /// - Parameters:
    ///   - number: tells the sender's sockets apart.
    ///   - first: the sequence number of the first question; the others follow.
    public init(domain: UInt8, number: UInt16, firstSequence first: UInt16) {
        (self.domain, self.number, self.first) = (domain, number, first)
    }

    /// The questions that are not answered yet, in the order of `dataSets`.
    public var requests: [PTPManagementRequest] {
        Self.dataSets.enumerated().compactMap { place, set in
            isAnswered(set)
                ? nil
                : PTPManagementRequest(set, domain: domain, number: number, sequence: sequence(place))
        }
    }

    public var isComplete: Bool { Self.dataSets.allSatisfy { isAnswered($0) } }

    /// Takes an answer. One that belongs to no question of this round is left out.
    public mutating func take(_ answer: PTPManagementAnswer) {
        guard answer.domain == domain,
            let place = Self.dataSets.indices.first(where: { sequence($0) == answer.sequence })
        else { return }
        switch answer.content {
        case .data(let data): take(data, answeringTo: Self.dataSets[place])
        case .error(let error, let set) where set == Self.dataSets[place].rawValue:
            refusals[Self.dataSets[place]] = error
        case .error, .unknown: return
        }
    }

    private mutating func take(_ data: PTPDataSet, answeringTo set: PTPDataSetID) {
        switch (data, set) {
        case (.defaults(let defaults), .defaults): self.defaults = defaults
        case (.current(let current), .current): self.current = current
        case (.parent(let parent), .parent): self.parent = parent
        case (.timeProperties(let properties), .timeProperties): timeProperties = properties
        case (.timeStatus(let status), .timeStatus): timeStatus = status
        case (.port(let port), .port):
            if ports.count < Self.portLimit { ports[port.port] = port }
        case (.portProperties(let port), .portProperties):
            if properties.count < Self.portLimit { properties[port.port] = port }
        default: return
        }
    }

    private func sequence(_ place: Int) -> UInt16 { first &+ UInt16(place) }

    private func isAnswered(_ set: PTPDataSetID) -> Bool {
        if refusals[set] != nil { return true }
        // Until the number of ports is known, one port is all that can be expected.
        let expected = max(1, min(Self.portLimit, Int(defaults?.ports ?? 1)))
        return switch set {
        case .defaults: defaults != nil
        case .current: current != nil
        case .parent: parent != nil
        case .timeProperties: timeProperties != nil
        case .timeStatus: timeStatus != nil
        case .port: ports.count >= expected
        case .portProperties: properties.count >= expected
        case .portStatistics: true
        }
    }

    /// What the clock says of itself. Of several ports the one that follows a master counts, or that comes closest.
    ///
    /// - Throws: `PTPRoundFailure`.
    public func status() throws(PTPRoundFailure) -> PTPStatus {
        let port = try answered(.port, ports.values.min { ($0.rank, $0.port.number) < ($1.rank, $1.port.number) })
        let properties = properties[port.port]
        return PTPStatus(
            port: port, parent: try answered(.parent, parent), current: try answered(.current, current),
            timeProperties: try answered(.timeProperties, timeProperties),
            timeStatus: try answered(.timeStatus, timeStatus), stamping: properties?.stamping,
            interface: properties?.interface)
    }

    private func answered<Value>(_ set: PTPDataSetID, _ value: Value?) throws(PTPRoundFailure) -> Value {
        if let value { return value }
        throw refusals[set].map { .refused(set, error: $0) } ?? .unanswered(set)
    }
}

extension PTPDataSet.Port {
    fileprivate var rank: Int {
        switch state {
        case .slave: 0
        case .uncalibrated: 1
        case .listening: 2
        case .master, .preMaster, .passive: 3
        default: 4
        }
    }
}

extension PTPDataSetID {
    /// As IEEE 1588 and linuxptp name it.
    public var name: String {
        switch self {
        case .defaults: "DEFAULT_DATA_SET"
        case .current: "CURRENT_DATA_SET"
        case .parent: "PARENT_DATA_SET"
        case .timeProperties: "TIME_PROPERTIES_DATA_SET"
        case .port: "PORT_DATA_SET"
        case .timeStatus: "TIME_STATUS_NP"
        case .portProperties: "PORT_PROPERTIES_NP"
        case .portStatistics: "PORT_STATS_NP"
        }
    }
}
