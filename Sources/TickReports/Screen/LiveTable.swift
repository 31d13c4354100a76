// The sessions of a run on a screen, one line each. A column is as wide as its content, so that every number is shown
// whole. Columns that do not fit the screen are left out, the least important first.

internal import TickScheduling
internal import TickTime

struct LiveTable {
    /// One column: its title, its widths, and what it shows of a session.
    private struct Column {
        /// Names are cut to fit; numbers never are.
        enum Kind { case name, number, bars }

        let title: String
        let kind: Kind
        /// The least width, so that columns do not move while their numbers grow.
        let least: Int
        /// A number wider than this is replaced by `…`.
        let most: Int
        let text: (LiveFrame.Row) -> String
        var width = 0

        init(
            _ title: String, _ least: Int, most: Int = 19, kind: Kind = .number,
            _ text: @escaping (LiveFrame.Row) -> String
        ) {
            self.title = title
            self.kind = kind
            self.least = least
            self.most = most
            self.text = text
        }

        func cell(_ text: String) -> String {
            let text = kind == .number ? FittedText.number(text, in: width) : FittedText.fitted(text, to: width)
            return text.padded(to: width, isNumber: kind == .number)
        }
    }

    /// The most important first.
    private static var columns: [Column] {
        [
            Column("session", 12, most: 12, kind: .name) { $0.name },
            Column("rate", 7, most: 11) { $0.rate.name ?? $0.rate.description },
            Column("tick", 9) { $0.tick.map(String.init) ?? "-" }, Column("timecode", 11) { $0.timecode ?? "-" },
            // Left out without a gate.
            Column("air", 3) { $0.air.map { $0.isUnfenced ? "unfenced" : $0.isOnAir ? "on" : "off" } ?? "-" },
            Column("last", 7) { Quantity.length($0.last) }, Column("p99", 7) { Quantity.length($0.p99) },
            Column("max", 7) { Quantity.length($0.most) }, Column("late", 6) { "\($0.late)" },
            Column("p50", 7) { Quantity.length($0.p50) }, Column("skipped", 7) { "\($0.skipped)" },
            Column("in a row", 8) { "\($0.consecutiveLate)" },
            Column("100 ns, 10 µs, 1 ms", LiveFrame.binCount, most: LiveFrame.binCount, kind: .bars) {
                LiveFrame.blocks(of: $0.histogram)
            },
            Column("UTC of the tick", 15) { session in
                session.utc.map { String($0.iso8601.dropFirst(11).prefix(12)) } ?? "-"
            },
        ]
            + LatenessCause.allCases.enumerated().map { place, cause in
                Column(cause.name, max(6, cause.name.utf8.count)) { session in
                    "\(session.lateByCause.indices.contains(place) ? session.lateByCause[place] : 0)"
                }
            }
    }

    private let sessions: [LiveFrame.Row]

    init(_ sessions: [LiveFrame.Row]) { self.sessions = sessions }

    /// The titles, then a line per session, of at most `width` characters if at least one column fits.
    func lines(width: Int) -> [String] {
        let columns = fitting(width)
        return [row(columns) { $0.title }] + sessions.map { session in row(columns) { $0.text(session) } }
    }

    private func fitting(_ width: Int) -> [Column] {
        var columns: [Column] = []
        var used = -1
        let hasGate = sessions.contains { $0.air != nil }
        for var column in Self.columns where hasGate || column.title != "air" {
            let widest = sessions.map { column.text($0).count }.max() ?? 0
            column.width = min(column.most, max(column.least, column.kind == .bars ? 0 : widest))
            guard used + 1 + column.width <= width else { continue }
            used += 1 + column.width
            columns.append(column)
        }
        // The remaining width goes to the names.
        if let first = columns.first, first.kind == .name {
            let widest = sessions.map(\.name.count).max() ?? 0
            columns[0].width += max(0, min(width - used, widest - first.width))
        }
        return columns
    }

    private func row(_ columns: [Column], _ text: (Column) -> String) -> String {
        columns.map { $0.cell(text($0)) }.joined(separator: " ")
    }
}
