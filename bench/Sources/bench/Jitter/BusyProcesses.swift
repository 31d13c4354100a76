internal import Glibc
internal import TickLinux

/// One process per CPU that never sleeps, under SCHED_OTHER, until it is stopped or this process ends.
final class BusyProcesses {
    private var children: [pid_t] = []
    private var input: Pipe

    /// - Throws: `BenchError`, if one cannot be started.
    init(_ peers: Peers) throws(BenchError) {
        input = try Pipe()
        for cpu in 0...Host.lastCPU {
            let command = Command(name: "busy", program: peers.busy, arguments: ["\(cpu)"])
            children.append(try command.spawn(input: input.read))
        }
    }

    /// Closes their input, which ends them.
    ///
    /// - Throws: `BenchError.failed`, if one had ended before at an unknown time.
    func stop() throws(BenchError) {
        let ended = children.filter { child in
            var status: Int32 = 0
            return unsafe waitpid(child, &status, WNOHANG) != 0
        }
        end()
        guard ended.isEmpty else {
            throw .failed(program: "busy", status: "ended too early", said: "its CPU was idle meanwhile")
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
