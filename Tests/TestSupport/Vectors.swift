public import Foundation

/// The independent answers in `Fixtures/vectors`, or in the folder that `TICK_VECTORS_DIR` names.
public enum Vectors {
    public static let packageRoot: URL = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    public static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["TICK_VECTORS_DIR"], !path.isEmpty {
            return URL(filePath: path, directoryHint: .isDirectory)
        }
        return packageRoot.appending(path: "Fixtures/vectors", directoryHint: .isDirectory)
    }()

    private struct File<Case: Decodable>: Decodable {
        let cases: [Case]
    }

    /// The cases of `<name>.json`.
    public static func cases<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        let url = folder.appending(path: "\(name).json")
        return try JSONDecoder().decode(File<Case>.self, from: Data(contentsOf: url)).cases
    }
}
