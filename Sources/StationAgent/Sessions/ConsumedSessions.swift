package import Stations

/// The sessions of all channels: those that the agent's own loop ticks, and those that programs tick.
package final class ConsumedSessions: StationSessions {
    private let own: AgentChannels
    private let programs: ProgramSessions

    package init(_ own: AgentChannels, _ programs: ProgramSessions) {
        self.own = own
        self.programs = programs
    }

    package func states(at moment: HostMoment) -> [String: ChannelPart.SessionState] {
        own.states(at: moment).merging(programs.states(at: moment)) { _, programs in programs }
    }

    package func follow(_ decisions: [StationMember.Decision]) {
        own.follow(decisions.filter { !programs.names.contains($0.channel) })
        programs.follow(decisions)
    }
}
