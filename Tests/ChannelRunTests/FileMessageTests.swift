import Glibc
import TestSupport
import TickLinux
import Testing

@testable import ChannelRun

@Suite("Failures of files and programs")
struct FileMessageTests {
    @Test("the remedy for a full disk is room, and for any other fault another file", arguments: [ENOSPC, EDQUOT, EIO])
    func fullDisk(number: Int32) {
        let error = SystemError(call: "write", subject: "a.html.new", errno: number)
        let isFull = number != EIO
        #expect(
            OutputFile.remedy(after: error) == (isFull ? "make room and run again" : OutputFile.remedy(after: .denied)))
        #expect(OutputFile.remedy(after: .denied).contains("a folder that can be written"))
    }

    @Test("a file that cannot be read: who names it, the cause and the remedy")
    func unreadable() {
        let missing = SystemError(call: "open", subject: "a", errno: ENOENT)
        let failure = InputFile.failure(missing, "a", namedBy: "--cluster")
        #expect(failure.message == "--cluster: cannot read a: there is no such file; check the path")
        #expect(failure.exitCode == .unavailable)
        #expect(InputFile.failure(.denied, "a", namedBy: nil).exitCode == .permission)
        #expect(InputFile.failure(.denied, "a", namedBy: nil).message.contains("chmod +r"))
    }

    @Test("of what kubectl says, the last line is shown to its end, with the remedy", arguments: [10, 5_000])
    func kubectl(length: Int) {
        let errors = "E1129 first\n" + String(repeating: "x", count: length) + " connection refused\n\n"
        let text = SyncCollection.kubectlFault(errors, option: "--heartbeats")
        #expect(text.contains("x connection refused; ") && !text.contains("first") && text.count < 500, "\(text)")
        #expect(text.contains("KUBECONFIG") && text.hasSuffix("--heartbeats=FILE"))
        #expect(SyncCollection.kubectlFault("", option: "--leases").contains("it said nothing"))
    }
}

extension SystemError {
    fileprivate static let denied = SystemError(call: "open", subject: "a", errno: EACCES)
}
