import ClusterClock
import Foundation
import TestSupport
import Testing
import TickTime

@Suite("A bound and its provenance")
struct SourcedBoundTests {
    private struct Cases: Decodable {
        struct Case: Decodable {
            let reference: String
            let stratum: UInt8
            let provenance: String
            let about: String
        }

        let cases: [Case]
    }

    /// `GPS` or `192.0.2.7` as four bytes, by this test's own arithmetic.
    private static func identifier(_ text: String) -> UInt32 {
        let parts = text.split(separator: ".").compactMap { UInt32($0) }
        if parts.count == 4 { return parts.reduce(0) { $0 * 256 + $1 } }
        let bytes = Array(text.utf8) + [0, 0, 0, 0]
        return bytes.prefix(4).reduce(0) { $0 * 256 + UInt32($1) }
    }

    @Test("what a reference identifier says at its stratum, and only a referenced bound is evidence")
    func references() throws {
        let file = Vectors.packageRoot.appending(path: "Fixtures/timesync/references.json")
        let cases = try JSONDecoder().decode(Cases.self, from: Data(contentsOf: file)).cases
        #expect(cases.count > 20)
        for one in cases {
            let bound = SourcedBound(
                .milliseconds(2), bound: .milliseconds(1),
                reference: NTPReference(id: Self.identifier(one.reference), stratum: one.stratum),
                own: OwnReferences([Self.identifier("192.0.2.44")]))
            let place = "\(one.reference) at stratum \(one.stratum): \(one.about)"
            #expect(bound.provenance.name == one.provenance, "\(place)")
            let isEvidence = one.provenance == "referenced"
            #expect((bound.interval != nil) == isEvidence && (bound.error != nil) == isEvidence, "\(place)")
            #expect((StatedError(bound, read: BootInstant(nanoseconds: 0)) != nil) == isEvidence, "\(place)")
            #expect((bound.provenance.fault == nil) == isEvidence, "\(place)")
            // A statement that is no evidence is still shown: its bounds, or its offset without computed bounds.
            #expect(
                bound.offset == .milliseconds(2) && (bound.claim == nil) == (one.provenance == "unstated"), "\(place)")
            if !isEvidence, one.provenance != "unstated" {
                let name = NTPReference(id: Self.identifier(one.reference), stratum: one.stratum).description
                let fault = bound.provenance.fault ?? ""
                #expect(fault.contains(name) || fault.contains("stratum") || fault.contains("no reference"), "\(place)")
            }
        }
    }

    @Test("the error is the distance of the farther end, and grows by one clock's drift")
    func error() {
        let bound = SourcedBound(
            .milliseconds(-2), bound: .milliseconds(1), reference: NTPReference(id: 0x4750_5300, stratum: 1),
            own: OwnReferences())
        #expect(bound.error == .milliseconds(3))
        // 50 ppm of 100 s, and a little for the second order.
        let aged = bound.aged(by: .seconds(100)).error ?? .zero
        #expect(aged >= .milliseconds(8) && aged < .milliseconds(8) + .microseconds(1))
        #expect(bound.aged(by: .seconds(-5)).error == .milliseconds(3) + Nanoseconds(1))
    }

    @Test("the dispersion for a reference's age is 15 ppm of the age, rounded up")
    func dispersion() {
        for (age, least) in [(0, 0), (1, 1), (1_000_000_000, 15_000), (86_400_000_000_000, 1_296_000_000), (-9, 0)]
            as [(Int64, Int64)]
        {
            #expect(SourcedBound.leastDispersion(ofReferenceAged: Nanoseconds(age)) == Nanoseconds(least))
        }
        #expect(SourcedBound.leastDispersion(ofReferenceAged: Nanoseconds(.max)).count > 0)
    }

    @Test("an operator's statement is evidence, with the width that it states")
    func operatorsWord() {
        #expect(SourcedBound(operatorError: .milliseconds(7)).error == .milliseconds(7))
    }
}
