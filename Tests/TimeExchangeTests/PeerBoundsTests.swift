import ClusterClock
import MessageDigest
import TestSupport
import Testing
import TickTime
import TimeExchange

/// The values that a member with valid keys may state.
@Suite("Values in authentic replies")
struct PeerBoundsTests {
    private static let (one, two) = (NodeID(rawValue: 1), NodeID(rawValue: 2))
    private static let cluster = ClusterID(rawValue: 9)
    private static let secret = [UInt8](repeating: 7, count: 32)
    private static let now = BootInstant(nanoseconds: 1_000_000_000)
    private static let nonce = PeerNonce(high: 1, low: 2)

    /// A member that has just asked node 2.
    private static func asking() throws -> PeerAdmission {
        let rows = [(one, two), (two, one)].map { PeerKeys.Row(from: $0, to: $1, id: 1, secret: secret) }
        var admission = PeerAdmission(
            cluster: cluster, node: one, peers: [two], keys: try PeerKeys(rows, of: one, sending: 1), at: now)
        let bytes = admission.request(to: two, nonce: nonce, ticket: 3, at: now)
        try #require(bytes != nil)
        return admission
    }

    private static func reply(_ change: (inout PeerDatagram.Answer) -> Void) -> [UInt8] {
        var answer = PeerDatagram.Answer(
            bootID: 4, view: 1, utc: UTCInstant(nanoseconds: 1_795_000_000_000_000_000), hold: Nanoseconds(6),
            statedError: nil, isSynchronized: false, isDisrupted: false)
        change(&answer)
        return PeerDatagram(cluster: cluster, sender: two, receiver: one, keyID: 1, nonce: nonce, answer: answer)
            .encoded(with: HMACSHA256(key: secret.span))
    }

    @Test(
        "a reply with a time, a hold or an error that no working clock gives is refused and counted by that reason; the last value before is taken",
        arguments: try PeerExtreme.all())
    func bounds(extreme: PeerExtreme) throws {
        var admission = try Self.asking()
        let bytes = Self.reply { $0.set(extreme) }
        var refusal: PeerRefusal?
        do throws(PeerRefusal) {
            _ = try admission.admit(bytes.span, from: Self.two, at: Self.now)
        } catch { refusal = error }
        #expect(refusal?.name == extreme.reason)
        if let refusal { #expect(admission.counts.refused == [refusal: 1] && admission.counts.taken == 0) }
    }

    @Test("values without a valid key are refused for the missing key, whatever they are")
    func unauthentic() throws {
        for extreme in try PeerExtreme.all() where extreme.reason != "form" {
            var admission = try Self.asking()
            var bytes = Self.reply { $0.set(extreme) }
            bytes[100] ^= 1
            let error = #expect(throws: PeerRefusal.self) {
                try admission.admit(bytes.span, from: Self.two, at: Self.now)
            }
            #expect(error == .mac)
        }
    }
}

extension PeerDatagram.Answer {
    fileprivate mutating func set(_ extreme: PeerExtreme) {
        switch extreme.field {
        case .utc: utc = UTCInstant(nanoseconds: extreme.value)
        case .hold: hold = Nanoseconds(extreme.value)
        case .statedError: statedError = Nanoseconds(extreme.value)
        case .view: view = UInt64(bitPattern: extreme.value)
        case .bootID: bootID = UInt64(bitPattern: extreme.value)
        case .disrupted: isDisrupted = true
        }
    }
}
