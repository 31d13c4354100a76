// An answer of HTTP/1.1 (RFC 9112) as its bytes come: status, then a body by length, in chunks, or up to the end of
// the connection. Trailers are skipped: etcd's gateway sends some after every error.
//
// Every length from the other side is limited: the head and a trailer to 64 KiB, a body to the caller's limit.

/// Takes apart the answer to one request.
struct AnswerParser: Sendable {
    /// Why an answer is not one of HTTP.
    struct Fault: Error, Equatable {
        let text: String
    }

    private enum Stage: Equatable {
        case statusLine, fields, sized(Int), chunkSize, chunk(Int), chunkEnd, trailers, untilClose, whole
    }

    static let headLimit = 65_536

    private(set) var status = 0
    /// The body so far, less what the caller took.
    var body: [UInt8] = []
    /// Whether the connection may be used again.
    private(set) var keepsConnection = true
    var isWhole: Bool { stage == .whole }
    /// Whether the answer has begun.
    private(set) var hasBegun = false

    private var stage = Stage.statusLine
    private var line: [UInt8] = []
    /// Bytes of the head, or of the trailers.
    private var headBytes = 0
    private var length: Int?
    private var isChunked = false
    private let limit: Int

    /// - Parameter limit: the greatest number of bytes in `body`.
    init(limit: Int) { self.limit = limit }

    /// Takes bytes from the connection. Bytes after the answer's end are a fault, because there was no request for
    /// them.
    mutating func receive(_ bytes: some Collection<UInt8>) throws(Fault) {
        hasBegun = hasBegun || !bytes.isEmpty
        var rest = bytes[...]
        while let first = rest.first {
            switch stage {
            case .sized(let count): stage = take(count, &rest, then: .whole, Stage.sized)
            case .chunk(let count): stage = take(count, &rest, then: .chunkEnd, Stage.chunk)
            case .untilClose:
                body.append(contentsOf: rest)
                rest = rest[rest.endIndex...]
            case .whole: throw Fault(text: "bytes follow the end of the answer")
            case .statusLine, .fields, .chunkSize, .chunkEnd, .trailers:
                rest = rest.dropFirst()
                headBytes += 1
                guard headBytes <= Self.headLimit else { throw Fault(text: "its head is longer than 64 KiB") }
                if first == UInt8(ascii: "\n") { try endLine() } else { line.append(first) }
            }
            guard body.count <= limit else { throw Fault(text: "it is longer than \(limit >> 20) MiB") }
        }
    }

    /// Takes the end of the connection.
    ///
    /// - Returns: whether the answer is whole.
    mutating func close() -> Bool {
        keepsConnection = false
        if stage == .untilClose { stage = .whole }
        return isWhole
    }

    private mutating func take<Bytes: Collection<UInt8>>(
        _ count: Int, _ rest: inout Bytes, then next: Stage, _ more: (Int) -> Stage
    ) -> Stage where Bytes.SubSequence == Bytes {
        let part = rest.prefix(count)
        body.append(contentsOf: part)
        rest = rest.dropFirst(part.count)
        return part.count == count ? next : more(count - part.count)
    }

    private mutating func endLine() throws(Fault) {
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        line = []
        switch stage {
        case .statusLine: try readStatus(text)
        case .fields:
            if text.isEmpty { try beginBody() } else { try readField(text) }
        case .chunkSize:
            // A chunk's extensions follow a semicolon.
            let digits = text.prefix { $0 != ";" }.trimmed
            guard digits.count <= 8, let size = Int(digits, radix: 16), size >= 0 else {
                throw Fault(text: "'\(text.prefix(40))' is not the size of a chunk")
            }
            headBytes = 0
            stage = size == 0 ? .trailers : .chunk(size)
        case .chunkEnd:
            guard text.isEmpty else { throw Fault(text: "a chunk is longer than its size") }
            stage = .chunkSize
        case .trailers: if text.isEmpty { stage = .whole }
        case .sized, .chunk, .untilClose, .whole: preconditionFailure("a body has no lines")
        }
    }

    private mutating func readStatus(_ text: String) throws(Fault) {
        let parts = text.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1" || parts[0] == "HTTP/1.0", parts[1].count == 3,
            let status = Int(parts[1]), status >= 100
        else {
            throw Fault(text: "'\(text.prefix(40))' is not the first line of an answer of HTTP/1.1")
        }
        self.status = status
        if parts[0] == "HTTP/1.0" { keepsConnection = false }
        stage = .fields
    }

    private mutating func readField(_ text: String) throws(Fault) {
        guard let colon = text.firstIndex(of: ":") else { throw Fault(text: "'\(text.prefix(40))' is not a field") }
        let value = text[text.index(after: colon)...].trimmed.lowercased()
        switch text[..<colon].lowercased() {
        case "content-length":
            guard value.allSatisfy(\.isNumber), let count = Int(value), length == nil || length == count else {
                throw Fault(text: "Content-Length '\(value.prefix(40))'")
            }
            length = count
        case "transfer-encoding":
            guard value == "chunked" else { throw Fault(text: "Transfer-Encoding '\(value.prefix(40))'") }
            isChunked = true
        case "connection": if value == "close" { keepsConnection = false }
        default: break
        }
    }

    private mutating func beginBody() throws(Fault) {
        headBytes = 0
        // An interim answer (100 Continue) precedes the one that counts.
        if status < 200 {
            (stage, length, isChunked) = (.statusLine, nil, false)
        } else if status == 204 || status == 304 {
            stage = .whole
        } else if isChunked {
            stage = .chunkSize
        } else if let length {
            guard length <= limit else { throw Fault(text: "it is longer than \(limit >> 20) MiB") }
            stage = length == 0 ? .whole : .sized(length)
        } else {
            (stage, keepsConnection) = (.untilClose, false)
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let blanks: Set<Character> = [" ", "\t"]
        var rest = self
        while let first = rest.first, blanks.contains(first) { rest.removeFirst() }
        while let last = rest.last, blanks.contains(last) { rest.removeLast() }
        return rest
    }
}
