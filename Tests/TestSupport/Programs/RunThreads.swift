import Foundation

/// Runs a body so many times at once, each on a thread of its own, whatever the host has processors, and waits
/// for all of them. The pools of Dispatch and of tasks may run them one after another.
public func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for place in 0..<count {
        group.enter()
        Thread.detachNewThread {
            body(place)
            group.leave()
        }
    }
    group.wait()
}
