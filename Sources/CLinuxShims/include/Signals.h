/// Signals that are read, and signals that become errors of a call.

#ifndef SIGNAL_SHIMS_H
#define SIGNAL_SHIMS_H

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/// Blocks SIGINT, SIGTERM and SIGHUP (and SIGUSR1 if `reports`) in the calling thread and those it starts, and
/// returns a descriptor that reads them instead, or the negative errno. A SIGHUP that is ignored stays so:
/// nohup(1) asks for that.
static inline int shim_interrupt_watch(bool reports) {
    sigset_t set;
    struct sigaction hangup;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigaction(SIGHUP, NULL, &hangup) < 0 || hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
    if (reports) sigaddset(&set, SIGUSR1);
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (error != 0) return -error;
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/// write(2) that answers EFBIG and EPIPE and sends no SIGXFSZ or SIGPIPE, whatever the process does with these
/// signals. Returns the count or the negative errno.
static inline ssize_t shim_write_without_signals(int fd, const void *bytes, size_t count) {
    sigset_t quiet, before, pending;
    sigemptyset(&quiet);
    sigaddset(&quiet, SIGXFSZ);
    sigaddset(&quiet, SIGPIPE);
    int error = pthread_sigmask(SIG_BLOCK, &quiet, &before);
    if (error != 0) return -error;
    sigpending(&pending);
    ssize_t written = write(fd, bytes, count);
    error = written < 0 ? errno : 0;
    int sent = error == EFBIG ? SIGXFSZ : error == EPIPE ? SIGPIPE : 0;
    // A signal that was pending before stays pending.
    if (sent != 0 && !sigismember(&pending, sent)) {
        const struct timespec now = {0, 0};
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, sent);
        while (sigtimedwait(&one, NULL, &now) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error != 0 ? -error : written;
}

#endif
