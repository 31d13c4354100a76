import ChannelRun
import ClusterLinux
import ClusterClock
import Glibc
import TickConfiguration
import LinuxService
import TickLinux
import TickReports
import TickTime

/// The source of an answer: a running node, or one that runs as long as the command.
struct TimeAnswerSource {
    private let end: MonotonicInstant
    private let socket: String?
    private let service: NodeService?
    /// The option that names the socket, for errors.
    private let place: String

    /// How a node is found on the command line.
    static let options: [CommandOption] = [
        CommandOption("--cluster", .required("CLUSTER"), "ask this file's node; if it does not run, poll the peers")
            .called("--config"),
        CommandOption("--node", .required("NAME"), "ask the running node of this name"),
        CommandOption("--socket", .required("PATH"), "ask the node that listens at this socket"),
    ]

    /// - Parameter isPatient: whether to wait for a node that does not run yet.
    init(_ arguments: Arguments, isPatient: Bool, until end: MonotonicInstant) throws(RunFailure) {
        self.end = end
        let given = Self.options.map(\.name).filter { arguments.has($0) }
        place = arguments.has("--socket") ? "--socket: " : ""
        guard given.count <= 1 else { throw arguments.failure("\(given.joined(separator: " and ")): give one") }
        if let path = arguments.text("--socket") {
            (socket, service) = (path, nil)
        } else if let file = arguments.text("--cluster") {
            let setup = try ClusterSetup(
                file, arguments, namedBy: "--cluster",
                withoutOptions: !arguments.command.options.contains { $0.name == "--consensus" })
            let path = try setup.socketPath()
            // A node that is about to start must be able to use its socket.
            if isPatient || RunningNodes.listens(path) {
                (socket, service) = (path, nil)
            } else {
                // No node runs, so this command uses its socket and its keys for a moment.
                (socket, service) = (nil, try NodeService(setup, isAskable: false) { _, text in Commentary.say(text) })
            }
        } else {
            (socket, service) = (try RunningNodes.socket(ofNode: arguments.text("--node"), isPatient, until: end), nil)
        }
    }

    func stop() { service?.stop() }

    /// Asks a running node; in a node's place, polls until the peers have agreed, or a consensus was made and
    /// time is up.
    func ask(_ question: TimeQuestion) throws(RunFailure) -> (TimeAnswer, [UInt8]) {
        guard let service else { return try askNode(question) }
        if question == .sync { service.node.askForConsensus() }
        while HostClock.monotonic() < end {
            let report = service.node.report
            if let report, [.synchronized, .agreedUntraceable].contains(report.status), report.consensus != nil {
                break
            }
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(20))
        }
        return try own(service, question)
    }

    /// Asks again and again until an answer is good.
    func wait(
        until isGood: (TimeAnswer) -> Bool, refusal: (TimeAnswer?) -> String
    ) throws(RunFailure) -> (TimeAnswer, [UInt8]) {
        var last: TimeAnswer?
        while HostClock.monotonic() < end {
            let asked = service.map { try? own($0, .wait) } ?? (try? askNode(.wait))
            if let asked {
                if isGood(asked.0) { return asked }
                last = asked.0
            }
            HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(100))
        }
        throw RunFailure.unavailable(refusal(last))
    }

    private func own(_ service: NodeService, _ question: TimeQuestion) throws(RunFailure) -> (TimeAnswer, [UInt8]) {
        guard let moment = service.moment else {
            throw RunFailure.unavailable("the node has just begun; give it more --timeout")
        }
        let answer = TimeAnswer(moment, question, service.setup)
        return (answer, answer.json.utf8)
    }

    private static let longestSync = Nanoseconds.seconds(65)

    private func askNode(_ question: TimeQuestion) throws(RunFailure) -> (TimeAnswer, [UInt8]) {
        let path = socket ?? ""
        // The node answers 'sync' when its peers have, which its peer timeout limits.
        let left = max(end -| HostClock.monotonic(), .zero)
        let limit = question == .sync ? Self.longestSync : min(left, Self.longestSync)
        let line: [UInt8]
        do {
            line = try ControlServer.ask(path, question.rawValue, timeout: Int32(clamping: limit.count / 1_000_000))
        } catch {
            let cause =
                error.errno == ETIMEDOUT
                ? "the node at \(path) did not answer within \(Quantity.length(limit)); is its process stopped?"
                : "no node answers at \(path): \(error.reason); start one with 'tickrun node', or check the path"
            throw RunFailure(error, place + cause)
        }
        return (try TimeAnswer(decoding: line), line)
    }
}
