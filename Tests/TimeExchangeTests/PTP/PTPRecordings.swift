import Foundation
import TestSupport
import TimeExchange

/// What ptp4l 3.1.1 and a test grandmaster sent (`Fixtures/ptp`), beside what other programs read in it.
enum PTPRecordings {
    private static func text(_ name: String) throws -> String {
        try String(contentsOf: Vectors.packageRoot.appending(path: "Fixtures/ptp/\(name)"), encoding: .utf8)
    }

    static func bytes(_ hex: some StringProtocol) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Requests of `pmc` and ptp4l's answers, by the name of what was asked for.
    static func exchanges() throws -> [(name: String, request: [UInt8], answer: [UInt8])] {
        var (name, request) = ("", [UInt8]())
        var found: [(name: String, request: [UInt8], answer: [UInt8])] = []
        for line in try text("management.txt").split(separator: "\n") {
            if line.hasPrefix("# ") { name = String(line.dropFirst(2).prefix { $0 != ":" }) }
            if line.hasPrefix("req ") { request = bytes(line.dropFirst(4)) }
            if line.hasPrefix("resp ") { found.append((name, request, bytes(line.dropFirst(5)))) }
        }
        return found
    }

    static func answer(_ name: String) throws -> [UInt8] {
        try exchanges().first { $0.name == name }?.answer ?? []
    }

    /// What an answer holds; `nil` for a refusal.
    static func data(_ name: String) throws -> PTPDataSet? {
        let bytes = try answer(name)
        let answer = try PTPManagementAnswer(bytes.span)
        guard case .data(let data) = answer.content else { return nil }
        return data
    }

    /// Datagrams of `slave_event_monitor`, and what a script of another language read: kind, sequence and bound in ns.
    static func monitored(_ name: String) throws -> (datagrams: [[UInt8]], read: [(String, Int, Int64)]) {
        let lines = try text(name).split(separator: "\n")
        let datagrams = lines.filter { $0.hasPrefix("HEX") }.map { bytes($0.split(separator: " ")[2]) }
        let read = lines.filter { $0.hasPrefix("(") }.map { line in
            let parts = line.dropFirst().dropLast().split(separator: ", ")
            return (String(parts[0].filter { $0 != "'" }), Int(parts[1]) ?? -1, Int64(parts[2]) ?? 0)
        }
        return (datagrams, read)
    }

    /// The synchronization metadata of a test grandmaster, read by `tshark` as the test states.
    static let metadata = bytes(
        "0d0200647f000000000000000000000000000000020000fffe00000100010006047fffffffffffff"
            + "ffffffff00000300000300306897e800000100007530000003e90401ffffb98b0000000000000000"
            + "000000006b0a983c00006b0946bcffffb98b0000")
}
