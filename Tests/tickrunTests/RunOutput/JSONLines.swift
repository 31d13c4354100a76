import Foundation
import TestSupport
import Testing

/// Keys such as `offset_ns` are read as `offsetNs`.
private let decoder: JSONDecoder = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
}()

extension RunProcess.Result {
    /// Every line of standard output, decoded by Foundation, each with the schema expected of it.
    func objects<Object: Decodable>(schema: String, as type: Object.Type = Object.self) throws -> [Object] {
        try lines.map { line in
            let data = Data(line.utf8)
            #expect(try decoder.decode(Schema.self, from: data).schema == schema)
            return try decoder.decode(Object.self, from: data)
        }
    }

    /// Every line of standard output, whatever its schema.
    func objects<Object: Decodable>(as type: Object.Type) throws -> [Object] {
        try lines.map { try decoder.decode(Object.self, from: Data($0.utf8)) }
    }
}

extension Vectors {
    /// The cases of `<name>.json`, with the keys of `objects(schema:)`.
    static func printedCases<Case: Decodable>(_ name: String, as type: Case.Type) throws -> [Case] {
        let data = try Data(contentsOf: folder.appending(path: "\(name).json"))
        return try decoder.decode(CaseFile<Case>.self, from: data).cases
    }
}

private struct Schema: Decodable {
    let schema: String
}

private struct CaseFile<Case: Decodable>: Decodable {
    let cases: [Case]
}
