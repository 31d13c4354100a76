import Dispatch
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// etcd behind a gateway that loses answers to transactions.
@Suite("Orders whose answer is lost", .serialized)
struct LostAnswerTests {
    private enum Loss {
        /// etcd carries the transaction out, and its answer is lost.
        case answer
        /// The transaction never arrives.
        case request
    }

    /// Carries requests to etcd, and loses the first transactions.
    private static func gateway(to etcd: String, _ loss: Loss, count: Int = 1) throws -> FakeGateway {
        let lost = Log<Int>()
        return try FakeGateway { request in
            let isLost = request.path == "/v3/kv/txn" && lost.entries.count < count
            if isLost { lost.append(request.index) }
            if isLost, loss == .request { return [.hangUp] }
            let answer = forward(request, to: etcd)
            return isLost ? [.hangUp] : FakeGateway.Step.answer(answer.body, status: answer.status)
        }
    }

    private static func forward(_ request: FakeGateway.Request, to etcd: String) -> (body: String, status: Int) {
        var outgoing = URLRequest(url: URL(string: etcd + request.path)!)
        outgoing.httpMethod = "POST"
        outgoing.httpBody = Data(request.body.utf8)
        let done = DispatchSemaphore(value: 0), answers = Log<(body: String, status: Int)>()
        URLSession.shared.dataTask(with: outgoing) { data, response, _ in
            let status = (response as? HTTPURLResponse)?.statusCode ?? 500
            answers.append((String(decoding: data ?? Data(), as: UTF8.self), status))
            done.signal()
        }.resume()
        done.wait()
        return answers.entries.first ?? ("", 500)
    }

    @Test("an order that was carried out is read back, and done once", .requires(.etcd, .etcdctl))
    func carriedOut() async throws {
        let station = try await OperatorStation()
        let gateway = try Self.gateway(to: station.etcd.endpoints[0], .answer, count: 2)
        defer { gateway.stop() }
        try station.write([gateway.url])
        let put = try await station.tickrun("channel", "put", "one", "--rate", "25", "--hosts", "a")
        #expect(put.exitCode == 0 && put.standardError.contains("answer was lost"), "\(put)")
        let append = try await station.tickrun(
            "channel", "append", "one", "--id", "1", "--length", "1s", "--start", "2030-01-01T00:00:00Z")
        #expect(append.exitCode == 0 && append.standardOutput.contains("1 block from"), "\(append)")
        #expect(try await station.json("channel", "show", "one")[0]["block_count"] as? Int == 1)
    }

    @Test("an order of which nothing is seen is unknown, because it may still arrive", .requires(.etcd, .etcdctl))
    func unknown() async throws {
        let station = try await OperatorStation()
        let gateway = try Self.gateway(to: station.etcd.endpoints[0], .request)
        defer { gateway.stop() }
        try station.write([gateway.url])
        let put = try await station.tickrun("channel", "put", "one", "--rate", "25", "--hosts", "a")
        #expect(put.exitCode == 69 && put.standardOutput.isEmpty, "\(put)")
        #expect(put.standardError.contains("unknown whether the order was carried out"))
        #expect(put.standardError.contains("tickrun channel show one"))
        #expect(try await station.get("channels/one/spec").isEmpty)
    }
}
