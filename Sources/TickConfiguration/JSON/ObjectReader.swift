// Reads one JSON object against its table of fields, noting every fault and going on.
//
// A value that is missing or wrong reads as nil. The caller may use any value instead, because a
// profile with a noted fault is refused in the end. So one run names all faults of a file.

/// The faults found so far in one file, in the order they were found.
final class ProblemLog {
    let file: String
    private let bytes: [UInt8]
    private var problems: [(offset: Int?, problem: FileError.Problem)] = []
    private(set) var count = 0

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    /// Notes a fault. Beyond the limit of a listing it is only counted, so that a file with a million
    /// faults does not cost a million messages.
    func note(
        _ path: String, at offset: Int?, _ fault: @autoclosure () -> String, _ remedy: @autoclosure () -> String
    ) {
        count += 1
        guard problems.count < FileError.problemLimit else { return }
        let position = offset.map { SourcePosition(ofByte: $0, in: bytes) }
        problems.append((offset, .init(path: path, position: position, fault: fault(), remedy: remedy())))
    }

    /// Throws what was noted, in the order of the file, if anything was.
    func throwIfAny() throws(FileError) {
        guard count > 0 else { return }
        let ordered = problems.sorted { ($0.offset ?? .max) < ($1.offset ?? .max) }.map(\.problem)
        throw FileError(kind: .content, file: file, problems: ordered, unlistedCount: count - ordered.count)
    }
}

/// One object of a profile, being read.
struct ObjectReader {
    /// `sessions[1]`; empty for the document.
    let path: String
    /// The object's own offset.
    let offset: Int
    let log: ProblemLog
    private var members: [String: JSONMember] = [:]

    /// Takes `node` as an object with no other keys than `fields`, none of them twice; `nil`, with
    /// the fault noted, if it is none.
    init?(_ node: JSONNode, fields: [FileField], path: String, log: ProblemLog) {
        self.path = path
        self.offset = node.offset
        self.log = log
        guard case .object(let list) = node.value else {
            log.note(
                path, at: node.offset, "expected an object, found \(node.kind)", "write { \"\(fields[0].key)\": ... }")
            return nil
        }
        let known = fields.map(\.key)
        for member in list {
            guard known.contains(member.key) else {
                let place = place(of: excerpt(member.key))
                log.note(place, at: member.keyOffset, "unknown key", Self.remedy(forKey: member.key, known: known))
                continue
            }
            guard members[member.key] == nil else {
                let place = place(of: member.key)
                log.note(place, at: member.keyOffset, "the key is listed twice", "remove one of the two")
                continue
            }
            members[member.key] = member
        }
    }

    private static func remedy(forKey key: String, known: [String]) -> String {
        if let meant = NearestSpelling.nearest(to: key, among: known) {
            return "did you mean \(meant)? Otherwise remove it"
        }
        return "remove it; the keys here are \(known.joined(separator: ", "))"
    }

    func has(_ field: FileField) -> Bool { members[field.key] != nil }

    /// The path of one of the object's keys.
    func place(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Notes a fault of the value of `field`, or of the whole object if it has none.
    func note(_ field: FileField, _ fault: @autoclosure () -> String, _ remedy: @autoclosure () -> String) {
        log.note(place(of: field.key), at: members[field.key]?.node.offset ?? offset, fault(), remedy())
    }

    /// Notes that a field that must be there is not.
    func require(_ field: FileField) {
        if !has(field) { note(field, "the key is missing", "add it, such as \(field.example)") }
    }

    func node(_ field: FileField) -> JSONNode? { members[field.key]?.node }

    /// The number of an integer field: the file's, else the default; `nil` if absent or refused.
    func integer(_ field: FileField) -> Int64? {
        guard case .integer(let range, let standard, _) = field.form else {
            preconditionFailure("\(field.key) is no integer")
        }
        guard let node = node(field) else { return standard }
        guard case .number(let spelling) = node.value else { return wrongType(field, node, "a whole number") }
        guard spelling.utf8.allSatisfy({ $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }) else {
            note(
                field, "\(excerpt(spelling)) is not a whole number", "write it in digits only, such as \(field.example)"
            )
            return nil
        }
        // Nil beyond Int64, which is also out of every range.
        guard let number = Int64(spelling), range.contains(number) else {
            note(field, "\(excerpt(spelling)) is out of range", "write \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// The string of a text field; `nil` if absent or refused. Its syntax is the caller's to check.
    func text(_ field: FileField) -> String? {
        guard let node = node(field) else { return nil }
        guard case .string(let text) = node.value else { return wrongType(field, node, "a string") }
        return text
    }

    /// The string of a field that lists its values: the file's, else the default.
    func choice(_ field: FileField) -> String? {
        guard case .choice(let words, let standard) = field.form else {
            preconditionFailure("\(field.key) is no choice")
        }
        guard has(field) else { return standard }
        guard let word = text(field) else { return nil }
        guard words.contains(word) else {
            note(field, "\(quoted(word)) is not allowed here", "write \(alternatives(words.map(quoted)))")
            return nil
        }
        return word
    }

    func flag(_ field: FileField) -> Bool? {
        guard case .flag(let standard) = field.form else { preconditionFailure("\(field.key) is no flag") }
        guard let node = node(field) else { return standard }
        guard case .bool(let flag) = node.value else { return wrongType(field, node, "true or false") }
        return flag
    }

    /// The object of an object field; `nil` if absent or refused.
    func object(_ field: FileField) -> ObjectReader? {
        guard case .object(let fields, _) = field.form else { preconditionFailure("\(field.key) is no object") }
        return node(field).flatMap { ObjectReader($0, fields: fields, path: place(of: field.key), log: log) }
    }

    /// The objects of a field that lists them; none, with the fault noted, if it does not.
    func objects(_ field: FileField) -> [ObjectReader] {
        guard case .objects(let fields, let list) = field.form else {
            preconditionFailure("\(field.key) lists no objects")
        }
        guard let node = node(field) else { return [] }
        guard case .array(let elements) = node.value else {
            note(field, "expected an array, found \(node.kind)", "write it as \(field.example)")
            return []
        }
        guard !elements.isEmpty, elements.count <= list.limit else {
            note(field, "\(elements.count) elements", "list 1 to \(list.limit)")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            ObjectReader(element, fields: fields, path: "\(place(of: field.key))[\(index)]", log: log)
        }
    }

    private func wrongType<Value>(_ field: FileField, _ node: JSONNode, _ expected: String) -> Value? {
        note(field, "expected \(expected), found \(node.kind)", "write it as \(field.example)")
        return nil
    }
}

extension ObjectReader {
    /// The document's object.
    ///
    /// - Throws: `FileError`: `.syntax`, or `.content` if it is not a valid value.
    static func document(
        _ json: [UInt8], fields: [FileField], file: String, _ log: ProblemLog
    ) throws(FileError) -> ObjectReader {
        let document: JSONNode
        do {
            document = try JSONParser.parse(json)
        } catch {
            let position = SourcePosition(ofByte: error.offset, in: json)
            throw FileError(
                kind: .syntax, file: file,
                problems: [.init(position: position, fault: error.fault, remedy: error.remedy)])
        }
        try ConfigurationFormat.refuseOther(document, fields, file: file, json)
        guard let top = ObjectReader(document, fields: fields, path: "", log: log) else {
            try log.throwIfAny()
            preconditionFailure("an object that was refused left no fault")
        }
        return top
    }
}
