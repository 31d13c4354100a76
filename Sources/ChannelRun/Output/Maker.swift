/// What journals, reports, metrics and results name as the program that made them.
package enum Maker {
    package static let name = "tickrun"
    package static let version = "0.1.0"
    /// Both: `tickrun 0.1.0`.
    package static var text: String { "\(name) \(version)" }
}
