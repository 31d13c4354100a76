// The same program as pulled.c in Swift: it ticks at 30000/1001 and writes one raw picture per tick to standard
// output, and one line per tick to standard error. A bar moves with the frame's number. A row of blocks shows the
// timecode: the height of a block is the value of a digit.

import Glibc
import TickLinux
import TickScheduling
import TickTime

let (width, height) = (320, 96)

/// A picture's luma: a bar for the frame, and eight columns as high as the timecode's digits.
func picture(_ frame: Int64, _ label: Timecode) -> [UInt8] {
    var luma = [UInt8](repeating: 32, count: width * height)
    for y in 64..<height {
        let left = y * width + Int(frame) % 78 * 4
        luma.replaceSubrange(left..<left + 8, with: repeatElement(224, count: 8))
    }
    let fields = [Int(label.hours), Int(label.minutes), Int(label.seconds), Int(label.frames)]
    for (place, digit) in fields.flatMap({ [$0 / 10, $0 % 10] }).enumerated() {
        for y in 60 - 6 * digit..<60 {
            let left = y * width + 16 + place * 32
            luma.replaceSubrange(left..<left + 16, with: repeatElement(224, count: 16))
        }
    }
    return luma
}

func put(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { exit(1) }
        rest = rest.dropFirst(count)
    }
}

let count = CommandLine.arguments.dropFirst().first.flatMap { Int64($0) } ?? 90
let labels = try TimecodeFormat(rate: .fps2997)
var loop = TickLoop()
try loop.add(SessionRequest(try SessionPlan(rate: .fps2997, tickCount: count)))
try loop.begin()
while let tick = loop.next() {
    let label = labels.label(ofFrame: tick.index)
    put(picture(tick.index, label), to: STDOUT_FILENO)
    put(Array("\(tick.index) \(label) \(tick.startLateness.count)\n".utf8), to: STDERR_FILENO)
}
