/// A JSON value (RFC 8259) that prints itself, with its members in the given order.
///
/// Foundation has an encoder, but this program also runs our turns with memory locked. Every library that it loads is
/// then read completely, and that would count as CPU time of the loop.
enum JSONValue {
    case null
    case boolean(Bool)
    case string(String)
    case integer(Int64)
    case number(Double)
    case array([JSONValue])
    case object([(String, JSONValue)])

    /// The text, indented by two spaces a level.
    var text: String {
        var text = ""
        write(to: &text, indent: "\n")
        return text
    }

    private func write(to text: inout String, indent: String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += "\(value)"
        case .string(let value): Self.write(value, to: &text)
        case .integer(let value): text += "\(value)"
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .array(let elements):
            Self.enclose("[", elements, "]", in: &text, indent) { element, text, indent in
                element.write(to: &text, indent: indent)
            }
        case .object(let members):
            Self.enclose("{", members, "}", in: &text, indent) { member, text, indent in
                Self.write(member.0, to: &text)
                text += ": "
                member.1.write(to: &text, indent: indent)
            }
        }
    }

    private static func enclose<Part>(
        _ open: String, _ parts: [Part], _ close: String, in text: inout String, _ indent: String,
        _ write: (Part, inout String, String) -> Void
    ) {
        text += open
        for (place, part) in parts.enumerated() {
            text += (place == 0 ? "" : ",") + indent + "  "
            write(part, &text, indent + "  ")
        }
        text += (parts.isEmpty ? "" : indent) + close
    }

    private static func write(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case ..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
