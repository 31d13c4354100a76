import Foundation

/// The state letter of a thread of this process (proc(5): R runs, S sleeps).
func threadState(_ thread: String) -> Character? {
    let stat = try? String(contentsOfFile: "/proc/self/task/\(thread)/stat", encoding: .utf8)
    return stat.flatMap { text in text.lastIndex(of: ")").map { text[$0...].dropFirst(2).first } } ?? nil
}

/// The calling thread's number.
func currentThread() throws -> String {
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return String(link.split(separator: "/").last ?? "")
}
