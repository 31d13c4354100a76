// The figures as one HTML page: the plots of each comparison, each with its table.

internal import PlotPages

/// One comparison of a page.
struct PageSection {
    var title: String
    /// Facts such as the machine and the number of rounds.
    var facts: [String]
    var figures: [PlotFigure]
    /// The targets, with the measured figures.
    var targets: [PerformanceTarget] = []
    var notes: [String] = []

    private var html: String {
        var html = "<section class=\"run\">\n<header>\n<h2>\(HTML.escaped(title))</h2>\n"
        html += facts.map { "<p>\(HTML.escaped($0))</p>\n" }.joined() + "</header>\n"
        if !targets.isEmpty {
            html += "<h3>Goals</h3>\n"
            html += HTML.table(
                [["goal", "at most", "measured", ""]]
                    + targets.map {
                        [
                            $0.name, $0.text($0.limit) + $0.unit, $0.text($0.measured) + $0.unit,
                            $0.isReached ? "reached" : "MISSED",
                        ]
                    }, isStacked: true)
        }
        html += "<div class=\"figures\">\n" + figures.map(HTML.figure).joined() + "</div>\n"
        html += notes.map { "<p class=\"note\">\(HTML.escaped($0))</p>\n" }.joined()
        return html + "</section>\n"
    }

    static func page(_ title: String, _ sections: [PageSection]) -> String {
        HTML.page(
            title: title, body: sections.map(\.html).joined(),
            footer: HTML.escaped("Made by bench on \(Host.date), on \(Host.processor), kernel \(Host.kernel)."))
    }
}

/// A number without needless zeros.
func numberLabel(_ value: Double) -> String {
    var text = fixed(value, value < 0.1 ? 3 : 1)
    while text.contains("."), text.hasSuffix("0") || text.hasSuffix(".") { text.removeLast() }
    return text
}

/// A logarithmic axis over values above 0: whole decades.
func logarithmicAxis(
    _ values: [Double], title: String, label: @escaping (Double) -> String
) -> SVGPlot.Axis {
    let positive = values.filter { $0 > 0 }
    let low = PlotScale.decade(below: positive.min() ?? 1), high = positive.max() ?? 10
    let above = PlotScale.decade(below: high) >= high * 0.999_999 ? high : PlotScale.decade(below: high) * 10
    return SVGPlot.Axis(
        scale: .logarithmic(low, max(above, low * 10)), title: title, label: label, marks: 6)
}
