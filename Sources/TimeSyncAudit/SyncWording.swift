// The verdict in words: its method, its note, further notes, and the remedies.

internal import ClusterClock
internal import TickTime

extension SyncAudit {
    /// The methods, assurance and proxy behind the verdict, joined by `_plus_`; `none`.
    func method(_ verdict: SyncVerdict) -> String {
        let used = Set(evidence.filter { $0.interval != nil }.map(\.method))
        var parts = SyncMethod.allCases.filter(used.contains).map(\.rawValue)
        if verdict.isExceptionUsed, let exception { parts.append(exception.accepts.name) }
        // A proxy that no assurance uses is not a method.
        if let proxy = verdict.proxy, !verdict.unmeasured.isEmpty {
            parts.append(proxy.kind == .nodeLease ? "lease_proxy" : "heartbeat_proxy")
        }
        return parts.isEmpty ? "none" : parts.joined(separator: "_plus_")
    }

    /// One sentence on how the status came about.
    func note(_ verdict: SyncVerdict) -> String {
        let missing = SyncText.names(verdict.unmeasured)
        let title = exception?.accepts.title ?? ""
        switch verdict.status {
        case .pass:
            let alone = SyncText.milliseconds(limits.alone), pairwise = SyncText.milliseconds(limits.pairwise)
            if verdict.nodes.count == 1 {
                return "Measured directly: within \(alone) of UTC, uncertainty included."
            }
            let isProved = verdict.nodes.allSatisfy { $0.utc.map { $0.most <= limits.alone } ?? false }
            let ofEach = limits.comparesEveryNodeWithUTC ? "every node within \(alone) of UTC, and " : ""
            return "Measured directly: \(ofEach)any two nodes within \(pairwise) of each other, uncertainty included"
                + (isProved ? "." : "; UTC is not proved.")
        case .passWithException:
            let proxy = verdict.proxy?.kind == .nodeLease ? "node leases" : "heartbeat"
            let what =
                limits == .canon ? "Canonical ≤50ms sync" : "Sync within \(SyncText.milliseconds(limits.pairwise))"
            return "\(what) externally assured via \(title); \(proxy) used as coarse cross-check."
        case .failProxyPassSLA:
            return "Externally assured via \(title), but \(proxyFault(verdict)): nothing supports the assurance."
        case .fail:
            if let first = verdict.over.first {
                let old = oldEvidence(verdict).map { " The evidence (\($0.source)) is \(SyncText.age($0.age)) old." }
                return "\(first).\(old ?? "")"
            }
            if verdict.nodes.isEmpty { return "No node was measured." }
            let why =
                exception == nil
                ? "no exception was given"
                : "the exception does not apply: \(verdict.exceptionRefusals.map(\.description).joined(separator: "; "))"
            return "Nothing measured \(missing) directly, and \(why)."
        }
    }

    private var limits: SyncLimits { circumstances.limits }

    /// The age at which a clock's drift, 50 ppm, reaches the whole limit of a single node.
    private var longAge: Nanoseconds { limits.alone.saturatingTimes(20_000) }

    /// The newest evidence on a node over the limit, if it is so old that its age may be the reason.
    private func oldEvidence(_ verdict: SyncVerdict) -> (source: String, age: Nanoseconds)? {
        for node in verdict.nodes where node.standing == .over && node.utc?.least ?? .zero <= limits.alone {
            let pieces = evidence.filter { $0.node == node.name && $0.reference == .utc && $0.interval != nil }
            guard let newest = pieces.max(by: { $0.taken < $1.taken }) else { continue }
            let age = circumstances.now -| newest.taken
            if age >= longAge { return (newest.source, age) }
        }
        return nil
    }

    private func proxyFault(_ verdict: SyncVerdict) -> String {
        guard let proxy = verdict.proxy else { return "no proxy was given" }
        if let fault = proxy.fault { return "\(proxy.kind.rawValue) gives no spread: \(fault)" }
        guard verdict.proxyCoversUnmeasured else {
            let absent = verdict.unmeasured.filter { !proxy.nodes.contains($0) }
            return "\(proxy.kind.rawValue) does not cover \(SyncText.names(absent))"
        }
        return
            "\(proxy.kind.rawValue) spread over \(proxy.spread.map { SyncText.seconds($0) } ?? "?"), beyond \(SyncText.seconds(SyncLimits.heartbeat))"
    }

    /// What else a reader of the result must know.
    func notes(_ verdict: SyncVerdict) -> [String] {
        var notes = verdict.over
        for proxy in judgedProxies where proxy.passes != true {
            let what = proxy.spread.map {
                "spread over \(SyncText.seconds($0)), beyond \(SyncText.seconds(SyncLimits.heartbeat))"
            }
            notes.append(
                "The proxy \(proxy.kind.rawValue) (\(proxy.source)) "
                    + (what.map { "fails: \($0)." } ?? "gives no result: \(proxy.fault ?? "")."))
        }
        for proxy in judgedProxies where proxy.passes == true {
            guard let text = proxy.discardedText else { continue }
            notes.append("The proxy \(proxy.kind.rawValue) (\(proxy.source)): \(text).")
        }
        if let exception {
            if verdict.canExceptionGo {
                notes.append("The exception \(exception.id) can be removed: every node was measured directly.")
            } else if !verdict.exceptionRefusals.isEmpty {
                let why = verdict.exceptionRefusals.map(\.description).joined(separator: "; ")
                notes.append("The exception \(exception.id) does not apply: \(why).")
            } else if !verdict.isExceptionUsed {
                notes.append("The exception \(exception.id) does not count against direct evidence over the limit.")
            }
        }
        for piece in evidence {
            guard let fault = piece.fault else { continue }
            notes.append("\(piece.method.title) of \(piece.node) (\(piece.source)): \(fault).")
        }
        let untraceable = verdict.nodes.filter { $0.standing == .within && $0.utc == nil }.map(\.name)
        if !untraceable.isEmpty {
            notes.append(
                "Agreed with each other, and not bounded against UTC: \(SyncText.names(untraceable)).")
        }
        return notes
    }

    /// What to do, where the status is not PASS.
    func remedies(_ verdict: SyncVerdict) -> [String] {
        guard verdict.status != .pass else { return [] }
        var remedies: [String] = []
        let kernelOver = evidence.contains { piece in
            piece.method == .kernel && piece.interval.map { $0.most > limits.alone } ?? false
        }
        if let old = oldEvidence(verdict) {
            remedies.append(
                "The evidence (\(old.source)) is \(SyncText.age(old.age)) old: measure again, or give the time for which it counts with --offline --at."
            )
        } else if kernelOver, !verdict.over.isEmpty {
            remedies.append(
                "No time daemon keeps the kernel's clock closely enough. Start one ('apt-get install chrony'; 'chronyc tracking' shows it settle), or name NTP servers with --ntp if something else sets the clock."
            )
        } else if !verdict.over.isEmpty {
            remedies.append("Find out why the clock is off ('chronyc sources', 'chronyc tracking'), and correct it.")
        }
        // Nodes that were asked, but whose answers do not lead to UTC: asking again changes nothing.
        let unfounded = verdict.unmeasured.filter { name in
            evidence.contains { piece in
                if case .unfounded = piece.finding { piece.node == name } else { false }
            }
        }
        if !unfounded.isEmpty {
            remedies.append(
                "Give \(SyncText.names(unfounded)) a source of UTC: chrony with servers that follow UTC ('apt-get install chrony'), or name such servers with --ntp."
            )
        }
        let unasked = verdict.unmeasured.filter { !unfounded.contains($0) }
        if !unasked.isEmpty {
            remedies.append(
                "Measure \(SyncText.names(unasked)): run 'tickrun check' there ('tickrun manifest kubernetes' prints a DaemonSet that needs no privilege), and give its results to this command."
            )
        }
        return remedies
    }
}
