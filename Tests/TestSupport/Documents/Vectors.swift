public import Foundation

/// The small inputs in `Fixtures/cases`, or in the folder that `TICK_CASES_DIR` names.
public enum Cases {
    private struct File<Case: Decodable>: Decodable {
        let cases: [Case]
    }

    /// The path of a file.
    public static func path(_ name: String) -> String {
        let other = ProcessInfo.processInfo.environment["TICK_CASES_DIR"] ?? ""
        let folder = other.isEmpty ? Vectors.packageRoot.appending(path: "Fixtures/cases") : URL(filePath: other)
        return folder.appending(path: name).path
    }

    /// The cases of `<name>.json`; its keys are in snake case.
    public static func read<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(File<Case>.self, from: Data(contentsOf: URL(filePath: path("\(name).json")))).cases
    }
}

/// The independent answers in `Fixtures/vectors`, or in the folder that `TICK_VECTORS_DIR` names.
public enum Vectors {
    /// The nearest folder above this file that holds a `Package.swift`.
    public static let packageRoot: URL = {
        var folder = URL(filePath: #filePath)
        repeat {
            folder.deleteLastPathComponent()
        } while folder.path != "/"
            && !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        return folder
    }()

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
