internal import CLinuxShims
public import TickScheduling

/// The handler that a session calls at each tick: a C function and its context, so that a call needs no allocation
/// and no reference count. A Swift closure is boxed once, when the handler is made.
@safe public struct TickHandler: @unchecked Sendable {
    let function: shim_tick_handler
    let context: UnsafeMutableRawPointer?
    /// Keeps a closure's box alive; the tick path does not touch it.
    let box: AnyObject?

    /// A C function, called with `context` and the tick on the loop's thread.
    ///
    /// - Parameter owner: the owner of the context. It lives as long as the loop may call the function.
    @unsafe public init(
        function: @escaping @convention(c) (UnsafeMutableRawPointer?, UnsafeRawPointer?) -> Void,
        context: UnsafeMutableRawPointer?, owner: AnyObject? = nil
    ) {
        unsafe self.function = function
        unsafe self.context = context
        box = owner
    }

    /// A closure, called with the tick on the loop's thread.
    public init(_ body: @escaping @Sendable (borrowing Tick) -> Void) {
        let box = Box(body)
        self.box = box
        unsafe context = Unmanaged.passUnretained(box).toOpaque()
        unsafe function = { context, tick in
            guard let context = unsafe context, let tick = unsafe tick else { return }
            let box = unsafe Unmanaged<Box>.fromOpaque(context)
            let pointer = unsafe tick.assumingMemoryBound(to: Tick.self)
            unsafe box._withUnsafeGuaranteedRef { unsafe $0.body(pointer.pointee) }
        }
    }

    private final class Box {
        let body: @Sendable (borrowing Tick) -> Void
        init(_ body: @escaping @Sendable (borrowing Tick) -> Void) { self.body = body }
    }
}

/// A handler without its box, as the tick path uses it.
@unsafe struct Callback: BitwiseCopyable {
    let function: shim_tick_handler?
    let context: UnsafeMutableRawPointer?

    init(_ handler: TickHandler?) {
        unsafe function = handler?.function
        unsafe context = handler?.context
    }
}
