import LinuxService
import TickLinux
package import TickTime

/// Nodes that run on this host, in processes of their own.
package enum RunningNodes {
    /// The answer of the only node on this host; `nil` if no node runs.
    static func answerOfOne() throws(RunFailure) -> TimeAnswer? {
        guard isAnyNodeThere else { return nil }
        let path = try socket(ofNode: nil, false, until: HostClock.monotonic())
        let answer: [UInt8]
        do { answer = try ControlServer.ask(path, TimeQuestion.status.rawValue) } catch {
            throw .unavailable("no node answers at \(path): \(error.reason)")
        }
        return try TimeAnswer(decoding: answer)
    }

    /// Whether any node answers on this host.
    package static var isAnyNodeThere: Bool {
        guard let folder = try? ControlFolder.path() else { return false }
        return ((try? SystemFile.names(inFolder: folder)) ?? []).contains {
            $0.hasSuffix(".sock") && listens("\(folder)/\($0)")
        }
    }

    package static func listens(_ path: String) -> Bool {
        (try? ControlServer.ask(path, TimeQuestion.status.rawValue)) != nil
    }

    /// The socket of the only node, or of the node with that name.
    package static func socket(
        ofNode name: String?, _ isPatient: Bool, until end: MonotonicInstant
    ) throws(RunFailure) -> String {
        let folder = try ControlFolder.path()
        while true {
            let sockets = ((try? SystemFile.names(inFolder: folder)) ?? []).filter { file in
                file.hasSuffix(".sock") && name.map { file.hasSuffix(".\($0).sock") } ?? true
            }
            let alive = sockets.map { "\(folder)/\($0)" }.filter(listens)
            if alive.count == 1 { return alive[0] }
            guard alive.isEmpty else {
                let names = sockets.map { $0.dropLast(5) }.joined(separator: ", ")
                throw RunFailure.usage("several nodes run here (\(names)); say which with --node or --cluster")
            }
            guard isPatient, HostClock.monotonic() < end else {
                let what = name.map { "no node '\($0)' runs" } ?? "no node runs"
                throw RunFailure.unavailable(
                    "\(what) on this host; start one ('tickrun node CLUSTER'), or poll with --cluster CLUSTER")
            }
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(100))
        }
    }
}
