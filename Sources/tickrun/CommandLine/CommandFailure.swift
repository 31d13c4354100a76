import ChannelRun

/// Why a command stopped is told as why a run did not begin: one sentence and an exit code.
typealias CommandFailure = RunFailure
