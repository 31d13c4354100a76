// The page around the plots: one file, no script, nothing to fetch. A table repeats everything that a plot shows.

/// Parts of an HTML page.
public enum HTML {
    /// A whole page in the one style, from the text of its `main` and of its footer, which are HTML already.
    public static func page(title: String, body: String, footer: String) -> String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title))</title>
        <style>
        \(PageStyle.css)
        </style>
        </head>
        <body>
        <main>
        \(body)</main>
        <footer>\(footer)</footer>
        </body>
        </html>

        """
    }

    /// A plot with its legend, explanation and table.
    public static func figure(_ figure: PlotFigure) -> String {
        let legend = figure.legend.map { "<span class=\"key \($0.style)\"></span>\(escaped($0.name))" }
        return """
            <figure>
            <figcaption>\(escaped(figure.title))</figcaption>
            \(figure.svg)
            <p class="legend">\(legend.joined(separator: " "))</p>
            <p class="note">\(escaped(figure.explanation))</p>
            \(table(figure.table))</figure>

            """
    }

    /// A table whose first row is its header.
    ///
    /// - Parameter isStacked: whether its rows become blocks where the page is narrow.
    public static func table(_ rows: [[String]], isStacked: Bool = false) -> String {
        guard let header = rows.first else { return "" }
        var html = "<table\(isStacked ? " class=\"stacked\"" : "")>\n<thead><tr>"
        html += header.map { "<th>\(escaped($0))</th>" }.joined() + "</tr></thead>\n<tbody>\n"
        for row in rows.dropFirst() {
            html += "<tr>"
            for (place, cell) in row.enumerated() {
                let label = isStacked ? " data-label=\"\(escaped(header[place]))\"" : ""
                html += place == 0 ? "<th\(label)>\(escaped(cell))</th>" : "<td\(label)>\(escaped(cell))</td>"
            }
            html += "</tr>\n"
        }
        return html + "</tbody>\n</table>\n"
    }

    /// Text, escaped for HTML.
    public static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// One plot, its explanation, and its table, the header first.
public struct PlotFigure {
    public var title: String
    /// The plot's `svg` element.
    public var svg: String
    /// The lines: the class that draws each, and its name.
    public var legend: [(style: String, name: String)]
    public var explanation: String
    public var table: [[String]]

    public init(
        title: String, svg: String, legend: [(style: String, name: String)] = [], explanation: String,
        table: [[String]]
    ) {
        (self.title, self.svg, self.legend) = (title, svg, legend)
        (self.explanation, self.table) = (explanation, table)
    }
}
