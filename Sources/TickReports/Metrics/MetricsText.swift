// Metrics in Prometheus' text format (version 0.0.4), as node_exporter's textfile collector reads it: base units
// in the names, `_total` on counters, a HELP and a TYPE for each family.

/// Writes metrics.
public struct MetricsText: Sendable {
    public enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    public private(set) var text = ""
    /// Labels that every sample carries.
    private let common: [(String, String)]

    /// - Parameter common: labels that every sample carries, such as the name of the run: several programs may
    ///   write the same families into one folder.
    public init(common: [(String, String)] = []) { self.common = common }

    /// Begins a family; its samples follow.
    ///
    /// - Parameters:
    ///   - name: letters, digits and `_`, with its unit: `tickrun_tick_work_seconds`.
    ///   - help: one line.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: " "))\n"
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A whole number.
    public mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Int64) {
        text += "\(name)\(braced(labels)) \(value)\n"
    }

    /// Nanoseconds, as seconds with all their digits.
    public mutating func seconds(_ name: String, _ labels: [(String, String)] = [], nanoseconds: Int128) {
        text += "\(name)\(braced(labels)) \(Self.seconds(nanoseconds))\n"
    }

    static func seconds(_ nanoseconds: Int128) -> String {
        let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(dividingBy: 1_000_000_000)
        var digits = String(String(1_000_000_000 + rest).dropFirst())
        while digits.last == "0" { digits.removeLast() }
        return "\(nanoseconds < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".\(digits)")"
    }

    private func braced(_ own: [(String, String)]) -> String {
        let labels = common + own
        if labels.isEmpty { return "" }
        let parts = labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return "{\(parts.joined(separator: ","))}"
    }
}
