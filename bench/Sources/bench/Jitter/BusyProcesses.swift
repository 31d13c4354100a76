internal import Glibc
internal import TickLinux

/// One process a CPU that never sleeps, under SCHED_OTHER, until told to stop or until this process ends.
final class BusyProcesses {
    private var children: [pid_t] = []
    private var input: Pipe

    /// - Throws: `BenchError`, where one cannot be started.
    init(_ peers: Peers) throws(BenchError) {
        input = try Pipe()
        for cpu in 0...Host.lastCPU {
            let command = Command(name: "busy", program: peers.busy, arguments: ["\(cpu)"])
            children.append(try command.spawn(input: input.read))
        }
    }

    /// Their input ends, and so do they.
    ///
    /// - Throws: `BenchError.failed`, where one had ended before: nobody knows since when.
    func stop() throws(BenchError) {
        let ended = children.filter { child in
            var status: Int32 = 0
            return unsafe waitpid(child, &status, WNOHANG) != 0
        }
        end()
        guard ended.isEmpty else {
            throw .failed(program: "busy", status: "ended before it was told to", said: "its CPU was idle meanwhile")
        }
    }

    private func end() {
        input.close()
        for child in children {
            var status: Int32 = 0
            while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
        }
        children = []
    }

    deinit { end() }
}
