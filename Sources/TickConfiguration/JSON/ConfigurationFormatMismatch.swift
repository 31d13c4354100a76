// A file of one format that is given in place of another: one fault that says what it is, instead of one for each key.

extension ConfigurationFormat {
    /// - Throws: `FileError` if the document names another format than the one that `fields` describe.
    static func refuseOther(
        _ document: JSONNode, _ fields: [FileField], file: String, _ json: [UInt8]
    ) throws(FileError) {
        guard case .object(let members) = document.value, let schema = members.first(where: { $0.key == "schema" }),
            case .string(let name) = schema.node.value, let found = allCases.first(where: { $0.schemaName == name }),
            let field = fields.first(where: { $0.key == "schema" }), case .choice(let words, _) = field.form,
            !words.contains(name)
        else { return }
        throw FileError(
            kind: .content, file: file,
            problems: [
                .init(
                    path: "schema", position: SourcePosition(ofByte: schema.node.offset, in: json),
                    fault: "this is \(found.title)", remedy: found.use)
            ])
    }

    private var title: String {
        switch self {
        case .profile: "a profile"
        case .cluster: "a cluster's file"
        case .keys: "a node's keys"
        case .exception: "an exception from measuring clocks"
        case .station: "a station's file"
        }
    }

    /// What the file is for.
    private var use: String {
        switch self {
        case .profile: "run it with 'tickrun FILE'"
        case .cluster: "run it with 'tickrun node FILE'"
        case .keys: "name it as \"keys\" in a cluster's file"
        case .exception: "give it to 'tickrun check --exception FILE'"
        case .station: "run it with 'tickrun agent --station FILE'"
        }
    }
}
