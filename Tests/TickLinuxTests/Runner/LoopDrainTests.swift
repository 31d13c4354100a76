import Testing
import TickScheduling
import TickTime

@testable import TickLinux

@Suite("Watch over a hanging handler")
struct HangWatchTests {
    private func instant(_ milliseconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000) + .milliseconds(milliseconds)
    }

    private func handler(_ tick: Int64, startedAt milliseconds: Int64) -> RunningHandler {
        RunningHandler(session: SessionID(index: 2), tick: tick, start: instant(milliseconds))
    }

    @Test("a handler that has run exactly as long as allowed is reported, a nanosecond before it is not")
    func atTheLimit() {
        var watch = HangWatch(hangsAfter: .milliseconds(50))
        let running = handler(7, startedAt: 0)
        #expect(watch.observe(running, at: instant(0)) == nil)
        #expect(watch.observe(running, at: instant(50) - Nanoseconds(1)) == nil)
        #expect(watch.observe(running, at: instant(50)) == .handlerHangs(running, since: .milliseconds(50)))
    }

    @Test("it is reported once while it hangs, and once when it is gone")
    func onceEach() {
        var watch = HangWatch(hangsAfter: .milliseconds(50))
        let running = handler(7, startedAt: 0)
        #expect(watch.observe(running, at: instant(60)) == .handlerHangs(running, since: .milliseconds(60)))
        #expect(watch.observe(running, at: instant(80)) == nil)
        #expect(watch.observe(running, at: instant(500)) == nil)
        #expect(watch.observe(nil, at: instant(520)) == .handlerReturned(running, after: .milliseconds(520)))
        #expect(watch.observe(nil, at: instant(540)) == nil)
    }

    @Test("the next handler's start shows that the hanging one returned")
    func nextHandler() {
        var watch = HangWatch(hangsAfter: .milliseconds(50))
        let (first, second) = (handler(7, startedAt: 0), handler(8, startedAt: 90))
        _ = watch.observe(first, at: instant(60))
        #expect(watch.observe(second, at: instant(100)) == .handlerReturned(first, after: .milliseconds(100)))
        #expect(watch.observe(second, at: instant(120)) == nil)
        #expect(watch.observe(second, at: instant(140)) == .handlerHangs(second, since: .milliseconds(50)))
    }

    @Test("one that hangs already when its predecessor is seen gone is reported at the next look")
    func hangAfterHang() {
        var watch = HangWatch(hangsAfter: .milliseconds(50))
        let (first, second) = (handler(7, startedAt: 0), handler(8, startedAt: 90))
        _ = watch.observe(first, at: instant(60))
        #expect(watch.observe(second, at: instant(200)) == .handlerReturned(first, after: .milliseconds(200)))
        #expect(watch.observe(second, at: instant(220)) == .handlerHangs(second, since: .milliseconds(130)))
    }

    @Test("handlers that return in time are not mentioned, however many follow each other")
    func inTime() {
        var watch = HangWatch(hangsAfter: .milliseconds(50))
        for tick in 0..<Int64(100) {
            #expect(watch.observe(handler(tick, startedAt: tick * 40), at: instant(tick * 40 + 39)) == nil)
        }
        #expect(watch.observe(nil, at: instant(5_000)) == nil)
    }
}
