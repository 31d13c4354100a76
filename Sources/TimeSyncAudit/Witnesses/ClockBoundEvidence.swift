internal import ClusterClock
package import TickTime

extension SyncEvidence {
    /// What clockbound states about its host's clock.
    ///
    /// clockbound does not name the source of its time, and takes its bound from chronyd. So it proves no more than
    /// chronyd does, if that answers.
    ///
    /// - Parameters:
    ///   - memory: clockbound's shared memory, from one moment; `nil` if it was being written at each look.
    ///   - vmClock: the clock of the virtual machine. Read it after the memory, so that a disruption between the two is
    ///     seen. `nil` if it cannot be read.
    ///   - now: CLOCK_MONOTONIC, read after both.
    ///   - chrony: what the chronyd of the same host is known to state.
    package init(
        node: String, clockBound memory: [UInt8]?, vmClock: [UInt8]?, at now: MonotonicInstant,
        chrony: Finding?, source: String, taken: UTCInstant
    ) {
        func failed(_ why: String, _ raw: [String: String] = [:]) -> SyncEvidence {
            SyncEvidence(
                node: node, method: .clockBound, source: source, fault: why, hasAnswered: true, taken: taken, raw: raw)
        }
        let statement: ClockBoundStatement
        do throws(ClockBoundStatement.Failure) {
            guard let memory else { throw .unwritten }
            statement = try ClockBoundStatement(memory: memory)
        } catch {
            self = failed("\(error)")
            return
        }
        let raw = statement.raw(at: now)
        let marker = vmClock.flatMap { DisruptionMarker(memory: $0)?.value }
        if statement.watchesDisruption, marker == nil {
            self = failed(
                "clockbound watches for disruptions, and the clock of the virtual machine (/dev/vmclock0) cannot be "
                    + "read to compare", raw)
            return
        }
        do throws(ClockBoundStatement.Failure) {
            let interval = try statement.interval(at: now, marker: marker)
            if let doubt = Self.doubt(statement, chrony) {
                self.init(
                    node: node, method: .clockBound, source: source, offset: .zero, claim: interval,
                    provenance: doubt.provenance, why: doubt.why, taken: taken, raw: raw)
            } else {
                self.init(
                    node: node, method: .clockBound, source: source, utc: SourcedBound(referenced: interval),
                    taken: taken, raw: raw)
            }
        } catch { self = failed("\(error)", raw) }
    }

    /// Why a bound of clockbound is no evidence about UTC; `nil` if it is.
    private static func doubt(
        _ statement: ClockBoundStatement, _ chrony: Finding?
    ) -> (provenance: String, why: String)? {
        if statement.status == .freeRunning {
            return ("unreferenced", "unreferenced: clockbound says that the clock runs free; give chronyd a source")
        }
        switch chrony {
        case .unfounded(let claim): return (claim.provenance, "clockbound's bound is chronyd's: \(claim.why)")
        case .failed(let why): return ("unreferenced", "clockbound's bound is chronyd's, and \(why)")
        case .measured, .unknown, nil: return nil
        }
    }
}
