import TickConfiguration
import TickJournal
import LinuxService
import TickLinux
import TickReports
public import TickTime
package import TimeSyncAudit

/// Lets a run begin only on a host whose clock is proved synchronized: by a check now, or by one whose
/// result is in a file. A gate that waits checks again until the proof passes or its time is over.
public struct RunSyncGate: Sendable {
    /// What proves that the clock is synchronized.
    public enum Proof: Hashable, Sendable {
        /// A check when the run begins.
        case now
        /// The result of a check (`tickrun/time-sync/1`) in a file, not older than `maxAge`; `nil`: ten minutes.
        case result(file: String, maxAge: Nanoseconds?)
    }

    private static let standardAge = Nanoseconds.seconds(600)
    private static let longestWait = Nanoseconds.seconds(86_400)
    /// The clock of the host that wrote a result may be this far ahead of ours without either being wrong.
    private static let clockPatience = SyncLimits.canon.pairwise

    /// A result to read, and its greatest age; `nil`: check now.
    private let file: (path: String, maxAge: Nanoseconds)?
    private let host: String?
    private let wait: Nanoseconds
    private let limits: SyncLimits

    /// - Parameters:
    ///   - host: this host's name in results; `nil`: NODE_NAME of the environment, or the host's own name.
    ///   - wait: how long the check is repeated before the run fails, 0 to a day.
    ///   - pairLimit: how far any two nodes may be apart, uncertainty included: above 0, at most 50 ms; `nil`: 50 ms.
    ///   - utcLimit: how far every node may be off UTC, uncertainty included: above 0, at most 25 ms; `nil`: 25 ms, for
    ///     a single node only.
    /// - Throws: `RunFailure` with exit code 2 if a length of time is out of range.
    public init(
        _ proof: Proof = .now, host: String? = nil, wait: Nanoseconds = .zero, pairLimit: Nanoseconds? = nil,
        utcLimit: Nanoseconds? = nil
    ) throws(RunFailure) {
        let limits = try SyncLimits(pair: pairLimit, utc: utcLimit, refusal: RunFailure.usage)
        try self.init(proof, host: host, wait: wait, limits: limits, refusal: RunFailure.usage)
    }

    /// - Parameter refusal: makes the failure of an invalid value.
    package init(
        _ proof: Proof, host: String?, wait: Nanoseconds, limits: SyncLimits, refusal: (String) -> RunFailure
    ) throws(RunFailure) {
        self.limits = limits
        self.host = host ?? HostUser.environment("NODE_NAME")
        self.wait = wait
        guard wait >= .zero, wait <= Self.longestWait else {
            throw refusal("--sync-wait: give 0s to \(Quantity.length(Self.longestWait))")
        }
        guard case .result(let path, let maxAge) = proof else {
            file = nil
            return
        }
        let limit = maxAge ?? Self.standardAge
        guard limit > .zero else { throw refusal("--sync-max-age: give more than 0") }
        file = (path, limit)
    }

    /// The verdict that lets the run begin.
    ///
    /// - Parameters:
    ///   - node: the member of a cluster that runs within the run.
    ///   - interrupts: a signal that asks to end ends the wait.
    ///   - notices: the service manager's status shows that the run waits.
    ///   - program: the program that makes the check.
    /// - Throws: `RunFailure`: 3 if the check fails until the time is over, 65 if the file is no result, 69 if
    ///   it cannot be read until then, or on a signal.
    func pass(
        _ node: RunCluster?, _ interrupts: borrowing RunInterrupts, _ notices: inout ServiceNotices,
        _ program: RunProgram
    ) throws(RunFailure) -> RunSummary.TimeSync {
        var waiting = SyncWait(atMost: wait, from: HostClock.monotonic())
        while true {
            let failure: RunFailure
            do { return try check(node, program) } catch {
                // A missing file may appear; a file that is no result does not become one.
                guard [.notSynchronized, .unavailable].contains(error.exitCode) else { throw error }
                failure = error
            }
            switch waiting.failed(at: HostClock.monotonic()) {
            case .giveUp: throw failure
            case .wait(let length, let rest, let isNoticeDue):
                if isNoticeDue {
                    Commentary.say(
                        "waiting for the clock, for at most \(Quantity.length(rest)) more: \(failure.message)")
                }
                notices.tell("STATUS=waiting for the clock: \(failure.message)")
                guard !interrupts.asksToEnd(within: length) else {
                    throw RunFailure.unavailable("\(interrupts.cause) while it waited for the clock")
                }
            }
        }
    }

    private func check(_ node: RunCluster?, _ program: RunProgram) throws(RunFailure) -> RunSummary.TimeSync {
        guard let file else {
            let result = try checkNow(node, program)
            try judge(result, "now")
            return Self.summary(result, "now")
        }
        return Self.summary(try read(file.path, notOlderThan: file.maxAge), file.path)
    }

    private func read(_ path: String, notOlderThan limit: Nanoseconds) throws(RunFailure) -> SyncResult {
        let bytes = try InputFile.read(path, namedBy: "--require-sync")
        let result: SyncResult
        do { result = try SyncResult(json: bytes, file: path) } catch {
            throw RunFailure(error, option: "--require-sync")
        }
        try judge(result, path)
        guard result.limits.isAtLeastAsStrict(as: limits) else {
            throw Self.refusal(
                "\(path) was judged by wider limits than the run asks for; write it with 'tickrun check' and the same --limit-pair and --limit-utc"
            )
        }
        let old = HostClock.utc() -| UTCInstant(nanoseconds: result.checkedUtcNs)
        guard old <= limit else {
            throw Self.refusal(
                "\(path) was checked \(Quantity.length(old)) ago; the limit is \(Quantity.length(limit))")
        }
        guard old >= Nanoseconds(0) -| Self.clockPatience else {
            throw Self.refusal(
                "\(path) was checked \(Quantity.length(old.magnitude)) in the future, by this host's clock")
        }
        let name = host ?? HostUser.hostName
        guard result.nodes.contains(where: { $0.node == name }) else {
            throw Self.refusal(
                "\(path) has no entry for this host, '\(name)', only for \(result.nodes.map(\.node).joined(separator: ", ")); give its name there with --host"
            )
        }
        return result
    }

    private func checkNow(_ node: RunCluster?, _ program: RunProgram) throws(RunFailure) -> SyncResult {
        let answer: TimeAnswer? =
            if let node, let moment = node.service.moment {
                TimeAnswer(moment, .status, node.service.setup)
            } else {
                try RunningNodes.answerOfOne()
            }
        var collection = SyncCollection(host: host ?? answer?.node ?? HostUser.hostName)
        if let answer { collection.add(answer, from: "node \(answer.node) of \(answer.cluster)") }
        collection.addChrony(socket: nil, isWanted: false)
        collection.addClockBound(isWanted: false)
        collection.addKernel()
        let audit = SyncAudit(
            nodes: collection.nodes, evidence: collection.evidence,
            circumstances: SyncCircumstances(
                now: HostClock.utc(), version: program.version, environment: nil, limits: limits))
        return SyncResult(
            audit, audit.verdict(), host: collection.host, tool: program.name, toolVersion: program.version)
    }

    private func judge(_ result: SyncResult, _ source: String) throws(RunFailure) {
        guard result.status.mayGoOnAir() else {
            let remedy = result.remedies.first.map { " \($0)" } ?? ""
            throw Self.refusal("the check (\(source)) says \(result.status.rawValue): \(result.note)\(remedy)")
        }
    }

    private static func refusal(_ why: String) -> RunFailure {
        RunFailure.notSynchronized("not on air: --require-sync: \(why)")
    }

    private static func summary(_ result: SyncResult, _ source: String) -> RunSummary.TimeSync {
        RunSummary.TimeSync(
            status: result.status, method: result.method, exception: result.exception, note: result.note,
            source: source, checked: UTCInstant(nanoseconds: result.checkedUtcNs))
    }
}
