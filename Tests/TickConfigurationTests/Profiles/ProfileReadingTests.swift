import Foundation
import TestSupport
import Testing

@testable import TickConfiguration

@Suite("Reading a profile's file")
struct ProfileReadingTests {
    private func refusal(_ path: String) throws -> FileError {
        try #require(throws: FileError.self) { _ = try Profile(contentsOfFile: path) }
    }

    @Test(
        "a file that cannot be read is unreadable, and the error says why and what to do",
        arguments: [
            ("/no/such/profile.json", "no such file"), ("/dev/null/profile.json", "no such file"),
            (ProfileFixtures.shipped.path, "directory"), ("", "empty"),
            // Opens, but reading address 0 of this process fails.
            ("/proc/self/mem", "cannot be read"),
        ])
    func unreadable(path: String, reason: String) throws {
        let error = try refusal(path)
        #expect(error.kind == .unreadable)
        #expect(path.isEmpty || error.description.contains(path))
        #expect(error.description.contains(reason), "\(error)")
        #expect(error.problems.allSatisfy { !$0.remedy.isEmpty })
    }

    @Test("a pipe is read to its end")
    func pipe() throws {
        let pipe = Pipe()
        let profile = try Data(contentsOf: ProfileFixtures.shipped.appending(path: "pal-25.json"))
        // Less than a pipe holds, so that writing does not wait for the reader.
        try pipe.fileHandleForWriting.write(contentsOf: profile.prefix(100))
        try pipe.fileHandleForWriting.write(contentsOf: profile.dropFirst(100))
        try pipe.fileHandleForWriting.close()
        let read = try Profile(contentsOfFile: "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
        #expect(try read == ProfileFixtures.profile("pal-25"))
    }

    @Test("an empty device is an empty file; an endless one is refused at the size limit")
    func devices() throws {
        #expect(try refusal("/dev/null").kind == .syntax)
        let endless = try refusal("/dev/zero")
        #expect(endless.kind == .content)
        #expect(endless.description.contains("longer than 16 MiB"))
    }

    @Test("a file of 100 MB is refused by its size; one byte over the limit is too much, the limit is not")
    func sizes() throws {
        let folder = try TemporaryFolder(), file = folder.url.appending(path: "profile.json")
        try Data("{}".utf8).write(to: file)
        // Sparse: the rest of the file reads as zeros, and takes no room on the disk.
        func extend(to size: Int) throws {
            let handle = try FileHandle(forWritingTo: file)
            try handle.truncate(atOffset: UInt64(size))
            try handle.close()
        }
        try extend(to: 100_000_000)
        #expect(try refusal(file.path).description.contains("16 MiB"))
        try extend(to: Profile.fileSizeLimit + 1)
        #expect(try refusal(file.path).description.contains("16 MiB"))
        try extend(to: Profile.fileSizeLimit)
        #expect(try refusal(file.path).kind == .syntax)
    }
}
