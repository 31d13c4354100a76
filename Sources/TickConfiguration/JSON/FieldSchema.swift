// The keys of a format as properties of a JSON Schema (draft 2020-12), printed from the table of fields.

internal import TimeSyncAudit

enum FieldSchema {
    /// A whole schema of a format whose keys do not depend on each other.
    static func document(
        _ name: String, title: String, _ description: String, _ fields: [FileField], required: [FileField]
    ) -> String {
        """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:\(name.replacing("/", with: ":"))",
          "title": \(literal(title)),
          "description": \(literal(description)),
          "type": "object",
          "properties": {
        \(properties(fields, indent: 4))
          },
          "required": [\(required.map { literal($0.key) }.joined(separator: ", "))],
          "additionalProperties": false
        }
        """
    }

    static func properties(_ fields: [FileField], indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        return fields.map { field in
            "\(margin)\(literal(field.key)): {\n"
                + "\(margin)  \"description\": \(literal(field.meaning)),\n"
                + constraints(field.form, margin: margin + "  ") + "\n\(margin)}"
        }.joined(separator: ",\n")
    }

    private static func constraints(_ form: FileField.Form, margin: String) -> String {
        switch form {
        case .integer(let range, let standard, _):
            return "\(margin)\"type\": \"integer\", \"minimum\": \(range.lowerBound), \"maximum\": \(range.upperBound)"
                + (standard.map { ", \"default\": \($0)" } ?? "")
        case .choice(let words, let standard):
            return "\(margin)\"enum\": [\(words.map(literal).joined(separator: ", "))]"
                + (standard.map { ", \"default\": \(literal($0))" } ?? "")
        case .text(let pattern, let example):
            return
                "\(margin)\"type\": \"string\", \"pattern\": \(literal(pattern)), \"examples\": [\(literal(example))]"
        case .flag(let standard):
            return "\(margin)\"type\": \"boolean\", \"default\": \(standard)"
        case .object(let fields, let required):
            return object(fields, required: required, margin: margin)
        case .objects(let fields, let list):
            let rules = list.rules.map { "{ \"$ref\": \"#/$defs/\($0)\" }" }.joined(separator: ", ")
            return """
                \(margin)"type": "array", "minItems": 1, "maxItems": \(list.limit),
                \(margin)"items": {
                \(object(fields, required: list.required, margin: margin + "  "))\(rules.isEmpty ? "" : ",")
                \(margin)  \(rules.isEmpty ? "" : "\"allOf\": [\(rules)]")
                \(margin)}
                """
        }
    }

    private static func object(_ fields: [FileField], required: [String], margin: String) -> String {
        let required = required.isEmpty ? "" : " \"required\": [\(required.map(literal).joined(separator: ", "))],"
        return """
            \(margin)"type": "object",\(required) "additionalProperties": false,
            \(margin)"properties": {
            \(properties(fields, indent: margin.utf8.count + 2))
            \(margin)}
            """
    }

    /// A JSON string of a text of the table, which holds no control character.
    private static func literal(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}

extension ClusterFile {
    /// The JSON Schema of the format, ready to print.
    public static let jsonSchema = FieldSchema.document(
        schemaName, title: "Cluster", "A member's configuration of its cluster.", FileField.clusterTop,
        required: [.clusterSchema, .cluster, .node, .members])
}

extension NodeKeyFile {
    /// The JSON Schema of the format, ready to print.
    public static let jsonSchema = FieldSchema.document(
        schemaName, title: "Keys of a node", "The keys of every pair that contains the node.", FileField.keyTop,
        required: FileField.keyTop)
}

/// The formats of configuration files.
public enum ConfigurationFormat: String, Hashable, Sendable, CaseIterable {
    case profile
    case cluster
    case keys
    case exception
    case station

    public var schemaName: String {
        switch self {
        case .profile: Profile.schemaName
        case .cluster: ClusterFile.schemaName
        case .keys: NodeKeyFile.schemaName
        case .exception: SyncException.schemaName
        case .station: StationFile.schemaName
        }
    }

    public var jsonSchema: String {
        switch self {
        case .profile: Profile.jsonSchema
        case .cluster: ClusterFile.jsonSchema
        case .keys: NodeKeyFile.jsonSchema
        case .exception: SyncException.jsonSchema
        case .station: StationFile.jsonSchema
        }
    }

    /// The format that a document says it has.
    ///
    /// - Throws: `FileError`: it is no JSON, no object, or names no format that is known.
    public init(ofDocument json: [UInt8], file: String) throws(FileError) {
        let node: JSONNode
        do { node = try JSONParser.parse(json) } catch {
            throw FileError(
                kind: .syntax, file: file,
                problems: [
                    .init(
                        position: SourcePosition(ofByte: error.offset, in: json), fault: error.fault,
                        remedy: error.remedy)
                ])
        }
        let log = ProblemLog(file: file, bytes: json)
        let names = Self.allCases.map(\.schemaName)
        if case .object(let members) = node.value, let schema = members.first(where: { $0.key == "schema" }) {
            if case .string(let name) = schema.node.value,
                let format = Self.allCases.first(where: { $0.schemaName == name })
            {
                self = format
                return
            }
            log.note(
                "schema", at: schema.node.offset, "it is not a known format", "write \(alternatives(names.map(quoted)))"
            )
        } else {
            log.note("schema", at: node.offset, "the key is missing", "add it: \(alternatives(names.map(quoted)))")
        }
        try log.throwIfAny()
        preconditionFailure("a document without a format has a fault")
    }
}
