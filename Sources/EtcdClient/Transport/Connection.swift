import Dispatch
import Foundation
import Glibc
import Synchronization

/// A TCP connection whose every wait has a deadline.
final class Connection: Sendable {
    /// Why no connection was made, or why it cannot be used any longer.
    enum Failure: Error {
        case refused(String)
        case broken(String)
        case deadline
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    /// Connects to the first address of a host that accepts.
    static func open(_ host: String, _ port: UInt16, by deadline: DispatchTime) throws(Failure) -> Connection {
        var failure = Failure.refused("no address")
        for address in try addresses(host, port, by: deadline) {
            do {
                return try open(address, by: deadline)
            } catch {
                failure = error
                if case .deadline = error { break }
            }
        }
        throw failure
    }

    private static func open(_ address: [UInt8], by deadline: DispatchTime) throws(Failure) -> Connection {
        let family = unsafe address.withUnsafeBytes { unsafe $0.loadUnaligned(as: sa_family_t.self) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let made = socket(Int32(family), kind, 0)
        guard made >= 0 else { throw .refused(words(errno)) }
        let connection = Connection(made)
        var isOn: Int32 = 1
        // A request is one write. It must not wait until the other side confirms the write before it.
        _ = unsafe setsockopt(made, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe address.withUnsafeBytes { bytes in
            unsafe connect(made, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if result == 0 { return connection }
        guard errno == EINPROGRESS else { throw .refused(words(errno)) }
        try connection.wait(Int16(POLLOUT), by: deadline)
        var fault: Int32 = 0, size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe getsockopt(made, SOL_SOCKET, SO_ERROR, &fault, &size)
        guard fault == 0 else { throw .refused(words(fault)) }
        return connection
    }

    /// Sends all bytes.
    func send(_ bytes: [UInt8], by deadline: DispatchTime) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                unsafe Glibc.send(descriptor, all.baseAddress! + sent, all.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try wait(Int16(POLLOUT), by: deadline)
            } else if errno != EINTR {
                throw .broken(Self.words(errno))
            }
        }
    }

    /// Waits for bytes.
    ///
    /// - Returns: none at the end of the connection.
    func receive(by deadline: DispatchTime) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count >= 0 { return Array(bytes[..<count]) }
            if errno == EAGAIN {
                try wait(Int16(POLLIN), by: deadline)
            } else if errno != EINTR {
                throw .broken(Self.words(errno))
            }
        }
    }

    /// Whether nothing has come since the last answer: neither bytes nor the end.
    var isIdle: Bool {
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK)) < 0 && errno == EAGAIN
    }

    private func wait(_ events: Int16, by deadline: DispatchTime) throws(Failure) {
        while true {
            let now = DispatchTime.now().uptimeNanoseconds, end = deadline.uptimeNanoseconds
            guard end > now else { throw .deadline }
            var waiting = pollfd(fd: descriptor, events: events, revents: 0)
            // Rounded up, so that the last wait does not spin.
            let ready = unsafe poll(&waiting, 1, Int32(min((end - now) / 1_000_000 + 1, 60_000)))
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw .broken(Self.words(errno)) }
        }
    }

    private static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    // MARK: - Names

    /// The addresses of a host, as `sockaddr`s. A name server that does not answer costs no more than the deadline.
    private static func addresses(
        _ host: String, _ port: UInt16, by deadline: DispatchTime
    ) throws(Failure) -> [[UInt8]] {
        switch resolve(host, port, flags: AI_NUMERICHOST) {
        case .success(let found): return found
        case .failure: break
        }
        let answer = Mutex<Result<[[UInt8]], Unknown>?>(nil), done = DispatchSemaphore(value: 0)
        let shared = Shared(answer: answer, done: done)
        Thread.detachNewThread {
            let found = resolve(host, port, flags: 0)
            shared.answer.withLock { $0 = found }
            shared.done.signal()
        }
        guard shared.done.wait(timeout: deadline) == .success else { throw .deadline }
        switch shared.answer.withLock({ $0 }) {
        case .success(let found): return found
        case .failure(let unknown): throw .refused(unknown.text)
        case nil: throw .refused("no address")
        }
    }

    private struct Unknown: Error {
        let text: String
    }

    private final class Shared: Sendable {
        let answer: Mutex<Result<[[UInt8]], Unknown>?>
        let done: DispatchSemaphore

        init(answer: consuming Mutex<Result<[[UInt8]], Unknown>?>, done: DispatchSemaphore) {
            self.answer = answer
            self.done = done
        }
    }

    private static func resolve(_ host: String, _ port: UInt16, flags: Int32) -> Result<[[UInt8]], Unknown> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = flags
        var found: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else { return .failure(Unknown(text: unsafe String(cString: gai_strerror(code)))) }
        defer { unsafe freeaddrinfo(found) }
        var addresses: [[UInt8]] = []
        var next = unsafe found
        while let entry = unsafe next {
            let bytes = unsafe UnsafeRawBufferPointer(
                start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
            unsafe addresses.append(Array(bytes))
            unsafe next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}
