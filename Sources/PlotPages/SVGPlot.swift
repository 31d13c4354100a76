// A plot as inline SVG: two axes, marks with labels, and the drawing between them. Colours are classes; the page's
// style defines them for light, dark and paper.

/// Two axes and the drawing between them, as an `svg` element.
public struct SVGPlot {
    /// One axis: its scale, how its marks are labelled, and its title.
    public struct Axis {
        public var scale: PlotScale
        public var title: String
        public var label: (Double) -> String
        public var marks: Int

        /// - Parameters:
        ///   - label: the text of a mark at a value.
        ///   - marks: about how many there are.
        public init(scale: PlotScale, title: String, label: @escaping (Double) -> String, marks: Int = 5) {
            (self.scale, self.title, self.label, self.marks) = (scale, title, label, marks)
        }
    }

    private static let width = 480.0
    private static let height = 250.0
    private static let left = 58.0
    private static let right = 14.0
    private static let top = 24.0
    private static let bottom = 40.0

    private let x: Axis
    private let y: Axis
    private var body = ""
    private let description: String

    /// - Parameter description: what the plot shows, for a reader who cannot see it.
    public init(_ description: String, x: Axis, y: Axis) {
        self.description = description
        self.x = x
        self.y = y
        axes()
    }

    /// The element's text.
    public var svg: String {
        """
        <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(HTML.escaped(description))">
        \(body)</svg>
        """
    }

    private func horizontal(_ value: Double) -> Double {
        Self.left + x.scale.position(value) * (Self.width - Self.left - Self.right)
    }

    private func vertical(_ value: Double) -> Double {
        Self.height - Self.bottom - y.scale.position(value) * (Self.height - Self.top - Self.bottom)
    }

    private static func number(_ value: Double) -> String { SVG.number(value) }

    private mutating func axes() {
        let (base, end) = (Self.height - Self.bottom, Self.width - Self.right)
        for mark in y.scale.marks(y.marks) {
            let place = vertical(mark)
            line(Self.left, place, end, place, "grid")
            text(Self.left - 6, place + 4, y.label(mark), "end")
        }
        for mark in x.scale.marks(x.marks) {
            let place = horizontal(mark)
            line(place, base, place, base + 4, "axis")
            // Keep a label at an edge inside the plot.
            let anchor = place > end - 24 ? "end" : place < Self.left + 12 ? "start" : "middle"
            text(anchor == "end" ? end : place, base + 17, x.label(mark), anchor)
        }
        line(Self.left, base, end, base, "axis")
        text((Self.left + end) / 2, Self.height - 6, x.title, "middle", "title")
        text(4, 13, y.title, "start", "title")
    }

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ name: String) {
        body += SVG.line(x1, y1, x2, y2, name)
    }

    private mutating func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String, _ name: String = "label") {
        body += SVG.text(x, y, text, anchor, name)
    }

    // MARK: - What is drawn

    /// A bar from the axis up.
    public mutating func bar(from low: Double, to high: Double, height: Double, _ name: String) {
        let (left, right) = (horizontal(low), horizontal(high))
        let (top, base) = (vertical(height), Self.height - Self.bottom)
        let n = Self.number
        body +=
            "<rect class=\"\(name)\" x=\"\(n(left))\" y=\"\(n(top))\" width=\"\(n(max(0.6, right - left - 0.4)))\" height=\"\(n(max(0, base - top)))\"/>\n"
    }

    /// A line through points; a gap where one is `nil`.
    public mutating func curve(_ points: [(x: Double, y: Double)?], _ name: String) {
        var path = ""
        var isDown = false
        for point in points {
            guard let point else {
                isDown = false
                continue
            }
            path +=
                "\(isDown ? "L" : "M")\(Self.number(horizontal(point.x))) \(Self.number(vertical(point.y)))"
            isDown = true
        }
        if !path.isEmpty { body += "<path class=\"\(name)\" d=\"\(path)\"/>\n" }
    }

    /// A point.
    public mutating func dot(_ x: Double, _ y: Double, _ name: String) {
        body +=
            "<circle class=\"\(name)\" cx=\"\(Self.number(horizontal(x)))\" cy=\"\(Self.number(vertical(y)))\" r=\"2.4\"/>\n"
    }

    /// A line over the whole height.
    public mutating func upright(_ x: Double, _ name: String) {
        let place = horizontal(x)
        line(place, Self.top, place, Self.height - Self.bottom, name)
    }

    /// A line over the whole width.
    public mutating func level(_ y: Double, _ name: String) {
        let place = vertical(y)
        line(Self.left, place, Self.width - Self.right, place, name)
    }

    /// A strip just above the axis.
    public mutating func strip(from low: Double, to high: Double, _ name: String) {
        let (left, right, base) = (horizontal(low), horizontal(high), Self.height - Self.bottom)
        let n = Self.number
        body +=
            "<rect class=\"\(name)\" x=\"\(n(left))\" y=\"\(n(base - 8))\" width=\"\(n(max(0.8, right - left)))\" height=\"8\"/>\n"
    }
}
