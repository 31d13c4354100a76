// Which incidents become lines of a log, and when. A repeating fault must neither fill a disk nor stay silent: there
// is at most one line per second of each kind, and the next line counts what was left out.

public import TickTime

/// The lines of a log of incidents.
public struct IncidentLog {
    /// One line.
    public struct Line: Hashable, Sendable {
        public let text: String
        /// Whether it reports a normal event, such as a succession.
        public let isRoutine: Bool
    }

    /// Between two lines of one kind.
    public static let interval = Nanoseconds.seconds(1)

    private struct Held {
        var nextLine: MonotonicInstant
        /// The greatest incident since the last line, and how many there were.
        var incident: RunIncident?
        var count: Int64 = 0
    }

    private var kinds: [RunIncident.Kind: Held] = [:]

    public init() {}

    /// Takes an incident.
    ///
    /// - Returns: its line, unless there was a line of its kind less than a second ago.
    public mutating func add(_ incident: RunIncident, at now: MonotonicInstant) -> Line? {
        // Refusals are few, and each has its own remedy.
        if incident.kind == .refused { return Line(text: incident.line, isRoutine: false) }
        guard var held = kinds[incident.kind], now < held.nextLine || held.count > 0 else {
            kinds[incident.kind] = Held(nextLine: now + Self.interval)
            return Line(text: incident.line, isRoutine: incident.kind.isRoutine)
        }
        held.count = held.count.addingClamped(1)
        let isGreatest = (incident.size?.count.magnitude ?? 0) >= (held.incident?.size?.count.magnitude ?? 0)
        if isGreatest || held.incident == nil { held.incident = incident }
        kinds[incident.kind] = held
        return nil
    }

    /// The due lines: the greatest unreported incident of each kind, and how many more there were.
    ///
    /// - Parameter all: whether to include kinds whose second has not passed, because the run ends.
    public mutating func flush(at now: MonotonicInstant, all: Bool = false) -> [Line] {
        var lines: [Line] = []
        for kind in RunIncident.Kind.allCases {
            guard let held = kinds[kind], let incident = held.incident, all || now >= held.nextLine else { continue }
            let more = held.count > 1 ? " (and \(held.count - 1) more since the last such line)" : ""
            lines.append(Line(text: incident.line + more, isRoutine: kind.isRoutine))
            kinds[kind] = Held(nextLine: now + Self.interval)
        }
        return lines
    }
}
