internal import Glibc

/// A lock, with the value that it protects, for threads other than the loop's.
///
/// It is a pthread mutex because the thread sanitizer does not yet understand `Synchronization.Mutex` (Swift 6.3). It
/// lends a waiter's priority to its holder, because a real-time handler that asks for a removal may wait for an
/// ordinary thread here.
@safe final class RegistryLock<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        unsafe pthread_mutexattr_setprotocol(&attributes, Int32(PTHREAD_PRIO_INHERIT))
        let result = unsafe pthread_mutex_init(mutex, &attributes)
        unsafe pthread_mutexattr_destroy(&attributes)
        precondition(result == 0, "pthread_mutex_init: error \(result)")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        let locked = unsafe pthread_mutex_lock(mutex)
        precondition(locked == 0, "pthread_mutex_lock: error \(locked)")
        defer {
            let unlocked = unsafe pthread_mutex_unlock(mutex)
            precondition(unlocked == 0, "pthread_mutex_unlock: error \(unlocked)")
        }
        return try body(&value)
    }
}
