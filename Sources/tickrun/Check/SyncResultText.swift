import TickReports
import TickTime
import TimeSyncAudit

extension SyncResult {
    /// The result as people read it.
    func lines(_ style: Style) -> [String] {
        var lines = ["\(style.paint(status.rawValue, status.mayGoOnAir() ? .green : .red))  \(note)"]
        for node in nodes {
            var text = "  \(node.node)  \(node.standing.rawValue)"
            if let offset = node.utcOffsetNs, let bound = node.utcBoundNs {
                text += "  UTC \(Self.signed(offset)) ± \(Quantity.length(Nanoseconds(bound)))"
            }
            lines.append(text)
            for piece in node.evidence {
                let against = if case .node(let name) = piece.against { name } else { "UTC" }
                var what = "    \(piece.method.title) (\(piece.source)): "
                if piece.state == .measured, let offset = piece.offsetNs, let bound = piece.boundNs {
                    what += "\(against) \(Self.signed(offset)) ± \(Quantity.length(Nanoseconds(bound)))"
                } else {
                    // An unfounded one has its provenance and a colon in its reason.
                    let isUnfounded = piece.state == .unfounded
                    let shown = isUnfounded ? piece.offsetNs.map { "\(Self.signed($0)), " } ?? "" : ""
                    what += "\(shown)\(piece.state.rawValue)\(isUnfounded ? "," : ":") \(piece.reason ?? "")"
                }
                lines.append(what)
            }
        }
        if let pair = pairwiseWorst {
            lines.append(
                "  farthest apart: \(pair.a) and \(pair.b), at most \(Quantity.length(Nanoseconds(pair.skewNs)))")
        }
        for proxy in proxies {
            let spread = proxy.spreadSeconds.map { "\($0) s of \(heartbeatThresholdSeconds) s" } ?? proxy.reason ?? ""
            lines.append("  proxy \(proxy.kind.rawValue) (\(proxy.source)): \(spread)")
        }
        if let considered = exceptionConsidered {
            lines.append(
                "  exception \(considered.id): "
                    + (considered.removable
                        ? "can be removed"
                        : considered.applies ? "applies" : considered.refusals.joined(separator: "; ")))
        }
        return lines + remedies.map { "  to do: \($0)" }
    }

    private static func signed(_ count: Int64) -> String {
        (count > 0 ? "+" : "") + Quantity.length(Nanoseconds(count))
    }
}
