// One row for each item, its name on the left, all on one axis: marks, and the span between the least and the
// greatest of a quantity. The element is as high as its rows need.

/// Rows of marks on one axis, as an `svg` element.
public struct SVGRows {
    /// One item of the comparison.
    public struct Row {
        public var name: String
        /// A line from the first value to the second.
        public var span: ClosedRange<Double>?
        /// A value, and the class that draws it.
        public var marks: [(value: Double, style: String)]

        public init(_ name: String, span: ClosedRange<Double>? = nil, marks: [(value: Double, style: String)]) {
            (self.name, self.span, self.marks) = (name, span, marks)
        }
    }

    private static let width = 480.0
    private static let right = 16.0
    private static let top = 10.0
    private static let bottom = 42.0
    private static let rowHeight = 19.0
    /// The greatest width of one letter of a label.
    private static let letter = 6.4

    private let description: String
    private let axis: SVGPlot.Axis
    private let rows: [Row]
    private let limits: [Double]

    /// - Parameters:
    ///   - description: what the plot shows, for a reader who cannot see it.
    ///   - limits: values that a line marks over all rows.
    public init(_ description: String, axis: SVGPlot.Axis, rows: [Row], limits: [Double] = []) {
        (self.description, self.axis, self.rows, self.limits) = (description, axis, rows, limits)
    }

    /// The element's text.
    public var svg: String {
        let left = 12 + Self.letter * Double(rows.map(\.name.count).max() ?? 0)
        let base = Self.top + Self.rowHeight * Double(rows.count), height = base + Self.bottom
        let end = Self.width - Self.right
        func place(_ value: Double) -> Double { left + axis.scale.position(value) * (end - left) }

        var body = ""
        for mark in axis.scale.marks(axis.marks) {
            let x = place(mark)
            body += SVG.line(x, Self.top, x, base, "grid")
            let anchor = x > end - 24 ? "end" : x < left + 12 ? "start" : "middle"
            body += SVG.text(anchor == "end" ? end : x, base + 17, axis.label(mark), anchor)
        }
        body += SVG.line(left, base, end, base, "axis")
        body += SVG.text((left + end) / 2, height - 6, axis.title, "middle", "title")
        for limit in limits { body += SVG.line(place(limit), Self.top, place(limit), base, "limit") }
        for (index, row) in rows.enumerated() {
            let middle = Self.top + Self.rowHeight * (Double(index) + 0.5)
            body += SVG.text(left - 8, middle + 4, row.name, "end")
            if let span = row.span {
                body += SVG.line(place(span.lowerBound), middle, place(span.upperBound), middle, "range")
            }
            for mark in row.marks {
                body +=
                    "<circle class=\"\(mark.style)\" cx=\"\(SVG.number(place(mark.value)))\" "
                    + "cy=\"\(SVG.number(middle))\" r=\"3.4\"/>\n"
            }
        }
        return """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(height))" role="img" aria-label="\(HTML.escaped(description))">
            \(body)</svg>
            """
    }
}

/// Parts of an `svg` element.
enum SVG {
    /// To a tenth.
    static func number(_ value: Double) -> String {
        let tenths = Int64((value * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
        "<line class=\"\(style)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" "
            + "y2=\"\(number(y2))\"/>\n"
    }

    static func text(
        _ x: Double, _ y: Double, _ text: String, _ anchor: String, _ style: String = "label"
    ) -> String {
        "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
            + "\(HTML.escaped(text))</text>\n"
    }
}
