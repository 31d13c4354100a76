// The format as a JSON Schema (draft 2020-12), for editors and for checks by others.
//
// The properties are printed from the table of fields; the rules between keys are written here. The
// schema accepts somewhat more than the decoder: a schema cannot find drop-frame at 25 fps, a spacing
// above its period or a repeated id, and cannot distinguish 1e3 from 1000.

import TickScheduling
import TickTime

extension Profile {
    /// The JSON Schema of the profile format, ready to print.
    public static let jsonSchema: String = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:\(schemaName.replacing("/", with: ":"))",
          "title": "Frame-rate profile",
          "description": "What tickrun runs: one session, with its keys at the top level, or several under sessions.",
          "type": "object",
          "properties": {
        \(FieldSchema.properties(FileField.top, indent: 4))
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
        \(FileField.singular.map { "          \"\($0.key)\": false" }.joined(separator: ",\n"))
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
              "dependentRequired": { \(FileField.planned.map { "\"\($0.key)\": [\"blocks\"]" }.joined(separator: ", ")) }
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
}
