import Foundation
import Glibc
import TestSupport
import Testing
import TickLinux

@Suite("Small system files, and errors of calls")
struct SystemFileTests {
    @Test("a file is read to its end, with or without a size of its own")
    func read() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/tick-scheduler"
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        try Data(bytes).write(to: URL(filePath: path))
        #expect(try SystemFile.read(path) == bytes)
        // The kernel writes this one as it is read, and gives its size as 0.
        let version = try String(contentsOfFile: "/proc/version", encoding: .utf8)
        #expect(try SystemFile.read("/proc/version") == Array(version.utf8))
    }

    @Test("no more than the limit is read, and a limit met exactly cuts nothing off", arguments: [0, 1, 4, 5, 6])
    func limit(limit: Int) throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/tick-scheduler"
        try Data("frame".utf8).write(to: URL(filePath: path))
        #expect(try SystemFile.read(path, limit: limit) == Array("frame".utf8.prefix(limit)))
    }

    @Test("a line comes without the ends that close it, and with those inside")
    func line() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/tick-scheduler"
        try Data("one\ntwo \n\n\0".utf8).write(to: URL(filePath: path))
        #expect(try SystemFile.line(path) == "one\ntwo ")
        #expect(try SystemFile.line("/dev/null") == "")
    }

    @Test("a line is appended whole, and what a killed process left of a last one is closed off and told of")
    func append() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/tick-scheduler"
        #expect(try SystemFile.appendLine(path, Array("one".utf8)) == false)
        #expect(try SystemFile.appendLine(path, Array("two".utf8)) == false)
        let handle = try #require(FileHandle(forWritingAtPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("tor".utf8))
        try handle.close()
        #expect(try SystemFile.appendLine(path, Array("three".utf8)) == true)
        #expect(try SystemFile.read(path) == Array("one\ntwo\ntor\nthree\n".utf8))
        #expect(throws: SystemError(call: "write", subject: "/dev/full", errno: ENOSPC)) {
            try SystemFile.appendLine("/dev/full", Array("x".utf8))
        }
    }

    @Test("a file that others are to read takes its mode from the umask, a private one does not")
    func mode() throws {
        let folder = try TemporaryFolder(), path = "\(folder.path)/tick-scheduler"
        try SystemFile.replace(path, [1])
        #expect(try SystemFile.isPrivate(path))
        try SystemFile.replace(path, [2], isPrivate: false)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        let mask = umask(0)
        umask(mask)
        #expect(mode == 0o666 & ~Int(mask))
    }

    @Test("a file that is not there is named, with the call and the reason")
    func missing() {
        let path = "/proc/there is no such file"
        #expect(throws: SystemError(call: "open", subject: path, errno: ENOENT)) { try SystemFile.read(path) }
        #expect(throws: SystemError(call: "open", subject: path, errno: ENOENT)) { try SystemFile.line(path) }
        #expect(throws: SystemError(call: "read", subject: "/proc", errno: EISDIR)) { try SystemFile.read("/proc") }
    }

    @Test("a refused file leaves no descriptor open")
    func descriptors() throws {
        func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        // Other tests open and close files meanwhile; a leak in a thousand rounds would drown that.
        let before = try count()
        for _ in 0..<1_000 {
            _ = try? SystemFile.read("/proc")
            _ = try SystemFile.read("/proc/version")
        }
        #expect(try count() < before + 500)
    }

    @Test("an error reads as its call, what it was called on, and the reason")
    func words() {
        let error = SystemError(call: "open", subject: "/dev/cpu_dma_latency", errno: EACCES)
        #expect(error.description == "open(/dev/cpu_dma_latency): Permission denied")
        #expect(SystemError(call: "signalfd", errno: EMFILE).description == "signalfd: Too many open files")
        #expect(SystemError(call: "x", errno: 4_095).reason.contains("4095"))
    }

    @Test("what is forbidden is told apart from what is lacking")
    func permission() {
        #expect(SystemError(call: "x", errno: EPERM).isPermission)
        #expect(SystemError(call: "x", errno: EACCES).isPermission)
        #expect(!SystemError(call: "x", errno: ENOENT).isPermission)
    }
}
