// The format as a JSON Schema (draft 2020-12), for editors and other people's checks.
//
// The properties are printed from the table of fields; what keys demand of each other is spelled
// out here. It accepts somewhat more than the decoder: a schema cannot tell drop-frame at 25 fps, a
// spacing above its period, an id that stands twice, nor 1e3 from 1000.

import TickScheduling
import TickTime

extension Profile {
    /// The JSON Schema of the profile format, ready to print.
    public static let jsonSchema: String = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:\(schemaName.replacing("/", with: ":"))",
          "title": "Frame-rate profile",
          "description": "What tickrun runs: one session, its keys at the top, or several under sessions.",
          "type": "object",
          "properties": {
        \(properties(ProfileField.top, indent: 4))
          },
          "required": ["schema", "name"],
          "additionalProperties": false,
          "allOf": [
            { "$ref": "#/$defs/spacing" },
            { "$ref": "#/$defs/notBothLengths" },
            { "$ref": "#/$defs/planned" },
            {
              "if": { "required": ["sessions"] },
              "then": {
                "properties": {
        \(ProfileField.singular.map { "          \"\($0.key)\": false" }.joined(separator: ",\n"))
                },
                "anyOf": [
                  { "$ref": "#/$defs/someLength" },
                  { "properties": { "sessions": { "items": { "$ref": "#/$defs/someLength" } } } }
                ]
              },
              "else": { "required": ["rate"], "$ref": "#/$defs/someLength" }
            }
          ],
          "$defs": {
            "spacing": {
              "if": { "properties": { "policy": { "const": "paced" } }, "required": ["policy"] },
              "then": { "required": ["paced_spacing_ns"] },
              "else": { "properties": { "paced_spacing_ns": false } }
            },
            "notBothLengths": { "not": { "required": ["ticks", "duration"] } },
            "planned": {
              "dependentRequired": { \(ProfileField.planned.map { "\"\($0.key)\": [\"blocks\"]" }.joined(separator: ", ")) }
            },
            "someLength": {
              "anyOf": [
                { "required": ["ticks"] },
                { "required": ["duration"] },
                { "required": ["blocks"], "properties": { "at_plan_end": { "const": "end" } } }
              ]
            }
          }
        }
        """

    private static func properties(_ fields: [ProfileField], indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        return fields.map { field in
            "\(margin)\(literal(field.key)): {\n"
                + "\(margin)  \"description\": \(literal(field.meaning)),\n"
                + constraints(field.form, margin: margin + "  ") + "\n\(margin)}"
        }.joined(separator: ",\n")
    }

    private static func constraints(_ form: ProfileField.Form, margin: String) -> String {
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
        case .object(let fields):
            return object(fields, required: [], margin: margin)
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

    private static func object(_ fields: [ProfileField], required: [String], margin: String) -> String {
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
