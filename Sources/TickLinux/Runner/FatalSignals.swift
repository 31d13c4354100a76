internal import CFatalSignals

/// Signals that end a process: SIGABRT, SIGSEGV, SIGQUIT, SIGILL, SIGFPE, SIGBUS and SIGTRAP.
package enum FatalSignals {
    /// Makes these signals end the process, as they do without the Swift runtime's backtracer.
    ///
    /// The runtime's handler prints a trace and returns: after a signal that a watchdog or an operator sent, the
    /// program would go on. A real crash still prints its trace first. Only the runtime's own handlers are
    /// replaced; those of the host program stay. The shared library does this when it is loaded; a program that
    /// holds the runtime itself needs the call, which every loop and node makes when it begins.
    package static func endProcess() { fatal_signals_end_process() }

    /// Lets them reach the calling thread and those that it starts: a program whose starter had blocked them could
    /// not be ended by its watchdog.
    package static func unblock() { fatal_signals_unblock() }
}
