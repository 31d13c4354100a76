// The authentication code of a message under a key that both sides know (RFC 2104 with SHA-256):
//
//     code = H((key ⊕ opad) ‖ H((key ⊕ ipad) ‖ message))
//
// The key is padded with zeros to a block; a key longer than a block is hashed first. Both paddings are hashed once,
// when the key is set.

/// Authenticates messages with a key (RFC 2104, HMAC-SHA-256).
public struct HMACSHA256: Sendable {
    private var inner = SHA256()
    private var outer = SHA256()

    /// - Parameter key: of any length; more than 32 random bytes bring no advantage.
    public init(key: Span<UInt8>) {
        var padded: [UInt8] = []
        if key.count > 64 {
            padded = SHA256.digest(of: key).bytes
        } else {
            for index in key.indices { padded.append(key[index]) }
        }
        padded.append(contentsOf: repeatElement(0, count: 64 - padded.count))
        let (inside, outside) = (padded.map { $0 ^ 0x36 }, padded.map { $0 ^ 0x5c })
        inner.update(inside.span)
        outer.update(outside.span)
    }

    /// The code of a message.
    public func code(for message: Span<UInt8>) -> SHA256Digest {
        var inner = inner
        inner.update(message)
        var outer = outer
        let digest = inner.digest().bytes
        outer.update(digest.span)
        return outer.digest()
    }

    /// Whether `code` is the message's code. The comparison takes the same time wherever the two differ.
    public func isValid(_ code: SHA256Digest, for message: Span<UInt8>) -> Bool {
        self.code(for: message).isEqualInConstantTime(to: code)
    }
}
