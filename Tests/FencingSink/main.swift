// A playout device that several agents feed: it takes the lines of their channels' commands, in the order in which
// they come, and refuses lower fencing numbers and repeated indices.
//
//     fencingsink [FILE]    reads FILE, or standard input, up to its end or to a line 'end'
//
// FILE may be a named pipe; it then stays open while its writers come and go. Prints a line of JSON for each refused
// frame and one with the counts of each channel. Exit code 1 if a frame was refused, 2 if a line is none of a tick.

import Foundation
import Glibc
import TestSupport

private struct Line: Decodable {
    let session: String
    let tick: Int64
    let startMonoNs: Int64
    let onAir: Bool?
    let unfenced: Bool?
    let fencingNumber: Int64?
}

private func printed(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

private var sinks: [String: FencingSink] = [:]
private let decoder = JSONDecoder()
decoder.keyDecodingStrategy = .convertFromSnakeCase

if CommandLine.arguments.count > 1 {
    // For reading and writing, so that a pipe does not end while no agent has it open.
    let descriptor = unsafe open(CommandLine.arguments[1], O_RDWR)
    guard descriptor >= 0, dup2(descriptor, STDIN_FILENO) >= 0 else {
        FileHandle.standardError.write(Data("fencingsink: \(CommandLine.arguments[1]) cannot be opened\n".utf8))
        exit(2)
    }
}

while let text = readLine(), text != "end" {
    guard let line = try? decoder.decode(Line.self, from: Data(text.utf8)) else {
        FileHandle.standardError.write(Data("fencingsink: no line of a tick: \(text)\n".utf8))
        exit(2)
    }
    // What is off air is not shown, and what is unfenced cannot be told apart.
    guard line.onAir == true, line.unfenced != true, let number = line.fencingNumber else { continue }
    let frame = FencingSink.Frame(fencingNumber: number, tick: line.tick, startNs: line.startMonoNs)
    if let why = sinks[line.session, default: FencingSink()].take(frame) {
        printed(
            #"{"channel":"\#(line.session)","refused":"\#(why.rawValue)","fencing_number":\#(number),"#
                + #""tick":\#(line.tick),"start_mono_ns":\#(line.startMonoNs)}"#)
    }
}
for (channel, sink) in sinks.sorted(by: { $0.key < $1.key }) {
    printed(#"{"channel":"\#(channel)","taken":\#(sink.taken),"refused_frames":\#(sink.refused.count)}"#)
}
exit(sinks.values.allSatisfy { $0.refused.isEmpty } ? 0 : 1)
