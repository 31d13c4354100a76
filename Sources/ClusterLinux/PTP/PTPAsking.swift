internal import TickLinux
internal import TickTime
internal import TimeExchange

/// Questions and answers on the management socket.
struct PTPAsking {
    private let source: PTPSource
    private let timeLimit: Nanoseconds
    private let number = UInt16(truncatingIfNeeded: HostRandom.number())
    private var sequence = UInt16(truncatingIfNeeded: HostRandom.number())

    init(_ source: PTPSource, _ timeLimit: Nanoseconds) {
        (self.source, self.timeLimit) = (source, timeLimit)
    }

    /// ptp4l answers in its own domain only. First come the standard's default and that of ST 2059-2.
    mutating func findDomain(_ socket: borrowing LocalDatagrams) throws(PTPFailure) -> UInt8 {
        if let domain = source.domain { return domain }
        let end = HostClock.boot() +| timeLimit
        let sequence = next(1)
        for domain: UInt8 in [127, 0] + Array(1...126) + Array(128...255) {
            let request = PTPManagementRequest(.defaults, domain: domain, number: number, sequence: sequence)
            try send(request.encoded, on: socket, until: end)
            if let domain = answeredDomain(socket, sequence) { return domain }
        }
        while socket.wait(until: end) {
            if let domain = answeredDomain(socket, sequence) { return domain }
        }
        throw silence(on: socket, domain: nil)
    }

    /// Why nothing was answered in time.
    private func silence(on socket: borrowing LocalDatagrams, domain: UInt8?) -> PTPFailure {
        socket.isUnread ? .unread(socket: source.socket) : .silent(socket: source.socket, domain: domain)
    }

    private func answeredDomain(_ socket: borrowing LocalDatagrams, _ sequence: UInt16) -> UInt8? {
        while let bytes = socket.receive() {
            guard let answer = try? PTPManagementAnswer(bytes.span), answer.sequence == sequence else { continue }
            if case .data(.defaults) = answer.content { return answer.domain }
        }
        return nil
    }

    /// - Throws: `PTPFailure`.
    mutating func status(_ socket: borrowing LocalDatagrams, _ domain: UInt8) throws(PTPFailure) -> PTPStatus {
        var round = PTPRound(
            domain: domain, number: number, firstSequence: next(UInt16(PTPRound.dataSets.count)))
        let end = HostClock.boot() +| timeLimit
        var hasAnswered = false
        for request in round.requests { try send(request.encoded, on: socket, until: end) }
        while !round.isComplete, socket.wait(until: end) {
            while let bytes = socket.receive() {
                guard let answer = try? PTPManagementAnswer(bytes.span) else { continue }
                hasAnswered = true
                round.take(answer)
            }
        }
        guard hasAnswered else { throw silence(on: socket, domain: domain) }
        do { return try round.status() } catch { throw .round(error) }
    }

    private mutating func next(_ count: UInt16) -> UInt16 {
        defer { sequence &+= count }
        return sequence
    }

    /// A full queue of ptp4l is waited for.
    private func send(
        _ bytes: [UInt8], on socket: borrowing LocalDatagrams, until end: BootInstant
    ) throws(PTPFailure) {
        while true {
            do throws(SystemError) { return try socket.send(bytes) } catch {
                guard error.isTemporary, HostClock.boot() < end else {
                    if error.isQueueFull { throw .unread(socket: source.socket) }
                    throw .socket(SystemError(call: error.call, subject: source.socket, errno: error.errno))
                }
                HostClock.sleep(until: HostClock.monotonic() +| .milliseconds(1))
            }
        }
    }
}
