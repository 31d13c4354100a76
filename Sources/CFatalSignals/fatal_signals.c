// Fatal signals end the process.
//
// The Swift runtime (stdlib/public/runtime/CrashHandlerLinux.cpp) installs one handler for seven signals. It
// stops all threads, has swift-backtrace print a trace, and returns. After a real crash the faulting instruction
// runs again and ends the process. After a signal that someone sent nothing is left to end it: the program goes
// on, and a watchdog that sends SIGABRT has no effect.
//
// Our handler takes the place of the runtime's. A signal that was sent ends the process at once, by the default
// action. A crash is handed to the runtime's handler for its trace, and then ends the process by its signal.
//
// The runtime installs its handler when it is loaded, and only where the action was the default; it does not
// export the handler. We recognize it by three properties that hold together: the flags, the mask (every signal
// but the seven), and, where the dynamic linker knows it, the image that holds the Swift runtime. A handler that
// the host program installed lacks one of these, and stays.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "CFatalSignals.h"

static const int fatal_signals[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
enum { fatal_signal_count = sizeof fatal_signals / sizeof fatal_signals[0] };

/// The runtime's action, the same for all seven; written before our handler is installed.
static struct sigaction runtime_action;

/// Any function that the Swift runtime exports.
extern void swift_retain(void) __attribute__((weak));

static void end_process(int number) {
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t one;
    sigaction(number, &standard, NULL);
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
}

/// Whether the program raised the signal itself, and no other process sent it.
static bool is_crash(int number, const siginfo_t *information) {
    // A terminal's SIGQUIT has a code of the kernel's, as a crash has.
    if (number == SIGQUIT) return false;
    // abort(3) sends the signal to its own thread.
    if (number == SIGABRT) return information->si_code == SI_TKILL && information->si_pid == getpid();
    // The kernel's codes for faults are above 0; those of kill(2), sigqueue(3) and tgkill(2) are not.
    return information->si_code > 0;
}

static void handle_fatal_signal(int number, siginfo_t *information, void *context) {
    if (is_crash(number, information)) runtime_action.sa_sigaction(number, information, context);
    end_process(number);
}

static bool is_runtime_mask(const sigset_t *mask) {
    sigset_t wanted;
    sigfillset(&wanted);
    for (int i = 0; i < fatal_signal_count; i++) sigdelset(&wanted, fatal_signals[i]);
    for (int number = 1; number < SIGRTMIN; number++) {
        // The kernel keeps these two out of every mask.
        if (number == SIGKILL || number == SIGSTOP) continue;
        if (sigismember(mask, number) != sigismember(&wanted, number)) return false;
    }
    return true;
}

static bool is_in_runtime_image(const struct sigaction *action) {
    Dl_info handler, runtime;
    if (swift_retain == NULL || dladdr((void *)swift_retain, &runtime) == 0) return true;
    return dladdr((void *)action->sa_sigaction, &handler) != 0 && handler.dli_fbase == runtime.dli_fbase;
}

static bool is_runtime_action(const struct sigaction *action) {
    const int flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER, others = SA_RESETHAND | SA_RESTART | SA_NOCLDSTOP;
    return (action->sa_flags & (flags | others)) == flags && action->sa_sigaction != handle_fatal_signal
           && is_runtime_mask(&action->sa_mask) && is_in_runtime_image(action);
}

/// A shared library's constructors run after those of the runtime that it needs. In a program that holds the
/// runtime itself the order is not known: there the call at a program's or a loop's beginning does it.
__attribute__((constructor)) void fatal_signals_end_process(void) {
    for (int i = 0; i < fatal_signal_count; i++) {
        struct sigaction action;
        if (sigaction(fatal_signals[i], NULL, &action) < 0 || !is_runtime_action(&action)) continue;
        runtime_action = action;
        action.sa_sigaction = handle_fatal_signal;
        sigaction(fatal_signals[i], &action, NULL);
    }
}

void fatal_signals_unblock(void) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < fatal_signal_count; i++) sigaddset(&set, fatal_signals[i]);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
