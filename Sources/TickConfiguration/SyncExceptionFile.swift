// An exception from measuring clocks, as a document: tickrun/sync-exception/1.
//
//     {
//       "schema": "tickrun/sync-exception/1",
//       "id": "PILOT_TIME_SYNC_EXCEPTION_v1.0.0",
//       "version": "1.0.0", "environment": "pilot-aks", "authority": "Head of Operations",
//       "issued": "2026-11-01T00:00:00Z", "expires": "2026-12-01T00:00:00Z",
//       "accepts": { "assurance": "azure_ntp_sla", "title": "Azure SLA", "claimed_bound_ns": 10000000 }
//     }
//
// The file is read as strictly as a profile: anything misspelled, missing or repeated grants nothing.

internal import TickTime
package import TimeSyncAudit

extension SyncException {
    /// - Parameter file: what errors call the document.
    /// - Throws: `FileError`, which lists every fault found.
    package init(json: [UInt8], file: String) throws(FileError) {
        let log = ProblemLog(file: file, bytes: json)
        let top = try ObjectReader.document(json, fields: FileField.exceptionTop, file: file, log)
        for field in FileField.exceptionRequired { top.require(field) }
        _ = top.choice(.exceptionSchema)
        let accepts = top.object(.exceptionAccepts)
        for field in FileField.assuranceRequired { accepts?.require(field) }
        let (issued, expires) = (Self.instant(top, .exceptionIssued), Self.instant(top, .exceptionExpires))
        if let issued, let expires, expires <= issued {
            top.note(.exceptionExpires, "it expires before it is issued", "write a later instant")
        }
        let zero = UTCInstant(nanoseconds: 0)
        self.init(
            id: Self.text(top, .exceptionID), version: Self.text(top, .exceptionVersion),
            environment: Self.text(top, .exceptionEnvironment), authority: Self.text(top, .exceptionAuthority),
            issued: issued ?? zero, expires: expires ?? zero,
            accepts: Assurance(
                name: accepts.map { Self.text($0, .assuranceName) } ?? "",
                title: accepts.map { Self.text($0, .assuranceTitle) } ?? "",
                claimedBound: Nanoseconds(accepts?.integer(.assuranceBound) ?? 0),
                document: accepts?.text(.assuranceDocument)),
            reason: top.text(.exceptionReason))
        try log.throwIfAny()
    }

    private static func text(_ reader: ObjectReader, _ field: FileField) -> String {
        guard let text = reader.text(field) else { return "" }
        guard case .text(let pattern, let example) = field.form, pattern == FileField.assurancePattern else {
            let isPlain =
                (1...200).contains(text.unicodeScalars.count)
                && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            if !isPlain { reader.note(field, "it is empty, too long or holds a control character", "write one line") }
            return text
        }
        let isName =
            (1...64).contains(text.utf8.count) && text.utf8.first.map { (0x61...0x7A).contains($0) } == true
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        if !isName {
            reader.note(
                field, "\(quoted(text)) is not a name", "write lower-case letters, digits and _, such as \(example)")
        }
        return text
    }

    private static func instant(_ reader: ObjectReader, _ field: FileField) -> UTCInstant? {
        guard let text = reader.text(field) else { return nil }
        do { return try UTCInstant(admitting: text) } catch {
            reader.note(field, "\(quoted(text)) is not an instant", "write it as \(field.example)")
            return nil
        }
    }

    /// The JSON Schema of the format, ready to print.
    package static let jsonSchema = FieldSchema.document(
        schemaName, title: "Exception from measuring clocks",
        "Who accepts an assurance for a clock instead of a measurement, for which version, where and until when.",
        FileField.exceptionTop, required: FileField.exceptionRequired)
}

extension FileField {
    static let assurancePattern = "^[a-z][a-z0-9_]{0,63}$"
    private static let linePattern = #"^[^\u0000-\u001f\u007f-\u009f]{1,200}$"#
    private static let instantPattern = #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$"#

    static let exceptionSchema = FileField(
        "schema", "The format: always \(SyncException.schemaName).",
        .choice([SyncException.schemaName], default: nil))
    static let exceptionID = FileField(
        "id", "The exception's name in results.",
        .text(pattern: linePattern, example: "PILOT_TIME_SYNC_EXCEPTION_v1.0.0"))
    static let exceptionVersion = FileField(
        "version", "The only version on air to which it applies.",
        .text(pattern: linePattern, example: "1.0.0"))
    static let exceptionEnvironment = FileField(
        "environment", "The only environment to which it applies.", .text(pattern: linePattern, example: "pilot-aks"))
    static let exceptionAuthority = FileField(
        "authority", "Who granted it.", .text(pattern: linePattern, example: "Head of Operations"))
    static let exceptionIssued = FileField(
        "issued", "When it begins to apply, UTC.", .text(pattern: instantPattern, example: "2026-11-01T00:00:00Z"))
    static let exceptionExpires = FileField(
        "expires", "When it ends, UTC; it does not apply at that instant.",
        .text(pattern: instantPattern, example: "2026-12-01T00:00:00Z"))
    static let exceptionAccepts = FileField(
        "accepts", "The assurance for the clocks that nobody measured.",
        .object(
            assuranceRequired + [assuranceDocument], required: assuranceRequired.map(\.key)))
    static let exceptionReason = FileField(
        "reason", "Why it was needed.", .text(pattern: linePattern, example: "no pod may use the host's network"))
    static let assuranceName = FileField(
        "assurance", "The assurance's name, as results spell it.",
        .text(pattern: assurancePattern, example: "azure_ntp_sla"))
    static let assuranceTitle = FileField(
        "title", "The assurance's name in sentences.", .text(pattern: linePattern, example: "Azure SLA"))
    static let assuranceBound = FileField(
        "claimed_bound_ns",
        "How far a clock may be off UTC by this claim, in ns; above 25 ms the exception does not apply.",
        .integer(0...3_600_000_000_000, default: nil, example: 10_000_000))
    static let assuranceDocument = FileField(
        "document", "Where the claim is published.", .text(pattern: linePattern, example: "https://example.org/sla"))

    static let exceptionRequired = [
        exceptionSchema, exceptionID, exceptionVersion, exceptionEnvironment, exceptionAuthority, exceptionIssued,
        exceptionExpires, exceptionAccepts,
    ]
    static let exceptionTop = exceptionRequired + [exceptionReason]
    static let assuranceRequired = [assuranceName, assuranceTitle, assuranceBound]
}
