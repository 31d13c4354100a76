import Foundation
import TestSupport
import Testing

@testable import TickConfiguration

/// The profiles in `Fixtures/profiles` and `Fixtures/broken-profiles`.
enum ProfileFixtures {
    static let shipped = folder("profiles")
    static let broken = folder("broken-profiles")

    private static func folder(_ name: String) -> URL {
        Vectors.packageRoot.appending(path: "Fixtures/\(name)", directoryHint: .isDirectory)
    }

    /// The names of a folder's JSON files, without the extension, sorted.
    static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    static func profile(_ name: String) throws -> Profile {
        try Profile(contentsOfFile: shipped.appending(path: "\(name).json").path)
    }
}

/// A profile of one session, whose keys can be added to, replaced, or (by `nil`) removed.
func decode(_ changes: [String: String?] = [:]) throws(FileError) -> Profile {
    var members: [String: String?] = [
        "schema": "\"tickrun/profile/1\"", "name": "\"test\"", "rate": "\"25\"", "ticks": "100",
    ]
    members.merge(changes) { _, new in new }
    let text = members.compactMap { key, value in value.map { "\"\(key)\": \($0)" } }.joined(separator: ",\n")
    return try Profile(json: Array("{\(text)}".utf8), file: "test.json")
}

/// The error that decoding throws.
func refusal(_ changes: [String: String?]) throws -> FileError {
    try #require(throws: FileError.self) { _ = try decode(changes) }
}
