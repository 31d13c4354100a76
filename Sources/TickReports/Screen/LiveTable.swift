// Rows on a screen: a table with one line each. A column is as wide as its content, so that every number is shown
// whole. Columns that do not fit the screen are left out, the least important first.

struct LiveTable<Row> {
    /// One column: its title, its widths, and what it shows of a row.
    struct Column {
        /// Names are cut to fit; numbers never are.
        enum Kind { case name, number, bars }

        let title: String
        let kind: Kind
        /// The least width, so that columns do not move while their numbers grow.
        let least: Int
        /// A number wider than this is replaced by `…`.
        let most: Int
        let text: (Row) -> String
        fileprivate var width = 0

        init(
            _ title: String, _ least: Int, most: Int = 19, kind: Kind = .number, _ text: @escaping (Row) -> String
        ) {
            self.title = title
            self.kind = kind
            self.least = least
            self.most = most
            self.text = text
        }

        fileprivate func cell(_ text: String) -> String {
            let text = kind == .number ? FittedText.number(text, in: width) : FittedText.fitted(text, to: width)
            return text.padded(to: width, isNumber: kind == .number)
        }
    }

    private let rows: [Row]
    private let columns: [Column]

    /// - Parameter columns: the most important first.
    init(_ rows: [Row], _ columns: [Column]) {
        self.rows = rows
        self.columns = columns
    }

    /// The titles, then a line per row, of at most `width` characters if at least one column fits.
    func lines(width: Int) -> [String] {
        let columns = fitting(width)
        return [line(columns) { $0.title }] + rows.map { row in line(columns) { $0.text(row) } }
    }

    private func fitting(_ width: Int) -> [Column] {
        var fitting: [Column] = []
        var used = -1
        for var column in columns {
            let widest = rows.map { column.text($0).count }.max() ?? 0
            column.width = min(column.most, max(column.least, column.kind == .bars ? 0 : widest))
            guard used + 1 + column.width <= width else { continue }
            used += 1 + column.width
            fitting.append(column)
        }
        // The remaining width goes to the names.
        if let first = fitting.first, first.kind == .name {
            let widest = rows.map { first.text($0).count }.max() ?? 0
            fitting[0].width += max(0, min(width - used, widest - first.width))
        }
        return fitting
    }

    private func line(_ columns: [Column], _ text: (Column) -> String) -> String {
        columns.map { $0.cell(text($0)) }.joined(separator: " ")
    }
}
