import Foundation
import Glibc
import Testing
import LinuxService
import TickLinux

@Suite("The local socket that answers questions")
struct ControlServerTests {
    private static func path() -> String { "/tmp/tick-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock" }

    @Test("a question is answered, by a line")
    func answered() throws {
        let path = Self.path()
        let server = try ControlServer.start(path) { Array("\($0)!".utf8) }
        #expect(try ControlServer.ask(path, "well") == Array("well!".utf8))
        #expect(try ControlServer.ask(path, "again") == Array("again!".utf8))
        server.stop()
        // Nobody is left there, and no file.
        #expect(throws: SystemError.self) { try ControlServer.ask(path, "well") }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("nobody but its owner may open it")
    func isPrivate() throws {
        let path = Self.path()
        let server = try ControlServer.start(path) { _ in [] }
        defer { server.stop() }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
    }

    @Test("a second server at the same place is refused; what a killed one left is replaced")
    func twice() throws {
        let path = Self.path()
        let server = try ControlServer.start(path) { _ in [] }
        let error = #expect(throws: SystemError.self) { try ControlServer.start(path) { _ in [] } }
        #expect(error?.errno == EADDRINUSE)
        server.stop()
        // A socket file that nobody listens at, as a killed process leaves it.
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            for (index, byte) in path.utf8.enumerated() { unsafe buffer[index] = byte }
        }
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(descriptor)
        let next = try ControlServer.start(path) { _ in Array("here".utf8) }
        #expect(try ControlServer.ask(path, "who") == Array("here".utf8))
        next.stop()
    }

    @Test("a file that is no socket is never replaced")
    func file() throws {
        let path = Self.path()
        try Data("kept".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: SystemError.self) { try ControlServer.start(path) { _ in [] } }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "kept")
    }

    @Test("a path that is too long for a socket is refused, by its name")
    func long() throws {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let error = #expect(throws: SystemError.self) { try ControlServer.start(path) { _ in [] } }
        #expect(error?.errno == ENAMETOOLONG && error?.subject == path)
    }
}
