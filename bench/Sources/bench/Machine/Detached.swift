internal import Glibc

/// A thread that nobody joins. Foundation has one, but the memory of every library that this program loads is also
/// locked, and counts as the CPU time of our loop.
enum Detached {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func thread(_ run: @escaping @Sendable () -> Void) {
        let body = unsafe Unmanaged.passRetained(Body(run)).toOpaque()
        var thread = pthread_t()
        let error = unsafe pthread_create(
            &thread, nil,
            { body in
                let body = unsafe Unmanaged<Body>.fromOpaque(body!).takeRetainedValue()
                body.run()
                return nil
            }, body)
        precondition(error == 0, "pthread_create: error \(error); the system refuses another thread")
        pthread_detach(thread)
    }
}
