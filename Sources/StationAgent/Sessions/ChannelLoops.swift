package import TickConfiguration

/// Which loop of an agent ticks which channel, for as long as the agent runs.
///
/// The station's file may give a channel a loop. Every other channel gets the loop that has the fewest channels, or the
/// first of several such loops. The channels of the file come first, in the order of their names, and then those that
/// the agent meets later, also in the order of their names. A channel never changes its loop, because its session would
/// have to begin again.
package struct ChannelLoops: Sendable {
    private var loops: [String: Int] = [:]
    /// How many channels each loop has.
    private var loads: [Int]

    /// - Parameters:
    ///   - channels: those of the station's file.
    ///   - count: how many loops there are; 1 or more.
    package init(_ channels: [StationFile.Channel] = [], count: Int) {
        loads = Array(repeating: 0, count: count)
        for channel in channels {
            if let loop = channel.loop { place(channel.name, in: loop) }
        }
        meet(channels.map(\.name))
    }

    /// The loop of a channel; `nil`: the agent has not met it.
    package func loop(of channel: String) -> Int? { loops[channel] }

    /// Gives each new channel among these a loop.
    package mutating func meet(_ channels: some Sequence<String>) {
        for channel in channels.filter({ loops[$0] == nil }).sorted() {
            place(channel, in: loads.indices.min { loads[$0] < loads[$1] } ?? 0)
        }
    }

    private mutating func place(_ channel: String, in loop: Int) {
        loops[channel] = loop
        loads[loop] += 1
    }
}
