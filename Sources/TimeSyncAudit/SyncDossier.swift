// The section on time of a certification dossier, in Markdown.

internal import TickTime

extension SyncResult {
    /// What a dossier says about the check.
    package var dossier: String {
        var lines = ["## Time Synchronization Validation", ""]
        lines.append(
            "- **Requirement**: skew ≤ \(milliseconds(thresholdPairwiseNs)) between any two nodes, uncertainty included; \(limits.comparesEveryNodeWithUTC ? "every" : "a single") node ≤ \(milliseconds(thresholdAloneNs)) off UTC"
        )
        lines.append("- **Method**: `\(method)`")
        lines += methodLines.map { "  - \($0)" }
        let applied = exception.map { " (exception applied: \(plain($0)))" } ?? ""
        lines.append("- **Status**: \(status.rawValue)\(applied)")
        lines.append(
            "- **Checked**: \(checkedUtc), version `\(plain(version))`, environment \(environmentText), by \(tool) \(toolVersion)"
        )
        lines.append("- **Notes**: \(plain(note))")
        lines += notes.map { "  - \(plain($0))" }
        if !remedies.isEmpty {
            lines.append("- **To do**:")
            lines += remedies.map { "  - \(plain($0))" }
        }
        lines += removalLines
        lines += ["", "| node | standing | best method | UTC − clock | bound |", "|---|---|---|---|---|"]
        for node in nodes {
            let offset = node.utcOffsetNs.map { milliseconds($0) } ?? "–"
            let bound = node.utcBoundNs.map { "± \(milliseconds($0))" } ?? "–"
            lines.append(
                "| \(cell(node.node)) | \(node.standing.rawValue) | \(node.method?.title ?? "none") | \(offset) | \(bound) |"
            )
        }
        if let pair = pairwiseWorst {
            lines += [
                "",
                "Farthest apart, uncertainty included: \(plain(pair.a)) and \(plain(pair.b)), at most \(milliseconds(pair.skewNs)).",
            ]
        }
        return lines.joined(separator: "\n")
    }

    private var environmentText: String { environment.map { "`\(plain($0))`" } ?? "not stated" }

    private var methodLines: [String] {
        var lines: [String] = []
        for method in SyncMethod.allCases {
            let measured = nodes.flatMap(\.evidence).filter { $0.method == method && $0.state == .measured }.count
            if measured > 0 { lines.append("\(method.title): \(measured) measured") }
        }
        if let assurance = externalAssurance {
            lines.append(
                "EXTERNALLY ASSURED via \(plain(assurance.title)) (claims \(milliseconds(assurance.claimedBoundNs)))")
        }
        for proxy in proxies {
            let spread = proxy.spreadSeconds.map { "spread \($0) s, threshold \(heartbeatThresholdSeconds) s" }
            lines.append("Proxy, no proof: \(proxy.kind.rawValue), \(spread ?? plain(proxy.reason ?? "no spread"))")
        }
        return lines
    }

    /// When the exception can be removed, and what is missing for that.
    private var removalLines: [String] {
        guard let considered = exceptionConsidered else { return [] }
        let isMeasured = nodes.allSatisfy { $0.standing != .unmeasured } && !nodes.isEmpty
        let isWithin = isMeasured && nodes.allSatisfy { $0.standing == .within }
        func line(_ isMet: Bool, _ text: String) -> String { "  - [\(isMet ? "x" : " ")] \(text)" }
        return [
            "- **Removal of the exception \(plain(considered.id))** (granted by \(plain(considered.authority)), expires \(considered.expires)): \(considered.removable ? "criteria met" : "criteria not met")",
            line(isMeasured, "every node's clock measured directly"),
            line(isWithin, "every node within limits"),
            line(considered.removable && exception == nil, "no reliance on an external assurance or a proxy"),
        ]
    }

    private func milliseconds(_ count: Int64) -> String { SyncText.milliseconds(Nanoseconds(count)) }

    /// A name cannot break the line or the page.
    private func plain(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "`" ? " " : $0 == "<" ? "‹" : $0 })
    }

    private func cell(_ text: String) -> String { plain(text).replacing("|", with: "\\|") }
}
