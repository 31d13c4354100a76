// What the last failed call of a thread had to say: in memory of the thread's own, which goes with it.

internal import Glibc

enum Message {
    private static let capacity = 1_024

    /// The key of the threads' messages; made once.
    private static let key: pthread_key_t = {
        var key: pthread_key_t = 0
        let error = unsafe pthread_key_create(&key) { unsafe free($0) }
        precondition(error == 0, "pthread_key_create: error \(error); the process has as many keys as there may be")
        return key
    }()

    /// The calling thread's; `nil` if it has none, or if there is no memory for one.
    private static func own(makes: Bool) -> UnsafeMutablePointer<CChar>? {
        if let message = unsafe pthread_getspecific(key) { return unsafe message.assumingMemoryBound(to: CChar.self) }
        guard makes, let message = unsafe calloc(capacity, 1) else { return nil }
        unsafe pthread_setspecific(key, message)
        return unsafe message.assumingMemoryBound(to: CChar.self)
    }

    /// Cut at 1023 bytes.
    static func keep(_ text: String) {
        guard let message = unsafe own(makes: true) else { return }
        var place = 0
        for byte in text.utf8.prefix(capacity - 1) {
            unsafe message[place] = CChar(bitPattern: byte)
            place += 1
        }
        unsafe message[place] = 0
    }

    private static let empty: StaticString = ""

    /// Never null.
    static var pointer: UnsafePointer<CChar> {
        if let message = unsafe own(makes: false) { return unsafe UnsafePointer(message) }
        return unsafe UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
