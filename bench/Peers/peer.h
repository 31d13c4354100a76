// What the loops in C have in common: the same grid, the same requests to the host, and one line
// of output a tick, printed only after the last one.
//
//     PROGRAM NUMERATOR DENOMINATOR TICKS CPU PRIORITY     (priority 0: SCHED_OTHER)
//
// Tick n is due at epoch + round(n * 10^9 * den / num), through 128 bits, as in the scheduler.
// Exit: 0; 64 for wrong arguments; 77 if the host refuses something that the comparison needs.

#ifndef PEER_H
#define PEER_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_REFUSED 77

struct peer {
    int64_t numerator, denominator, ticks;
    /// CLOCK_MONOTONIC in ns, 20 ms after the preparations.
    int64_t epoch;
    /// start - deadline of each tick, in ns; every page touched beforehand.
    int64_t *lateness;
};

static inline int64_t peer_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t peer_deadline(const struct peer *peer, int64_t tick) {
    __int128 product = (__int128)tick * 1000000000 * peer->denominator;
    return peer->epoch + (int64_t)((product + peer->numerator / 2) / peer->numerator);
}

static inline void peer_require(int error, const char *call) {
    if (error == 0) return;
    fprintf(stderr, "%s: %s; run as root, or grant CAP_SYS_NICE and CAP_IPC_LOCK (--fifo 0: no SCHED_FIFO)\n", call,
            strerror(error));
    exit(EXIT_REFUSED);
}

/// The kernel keeps to the request until the descriptor is closed: when the process ends. A refusal
/// is survived, as cyclictest survives it.
static inline void peer_hold_wake_latency(void) {
    int32_t microseconds = 0;
    int descriptor = open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
    if (descriptor < 0 || write(descriptor, &microseconds, sizeof microseconds) != sizeof microseconds)
        fprintf(stderr, "/dev/cpu_dma_latency: %s\n", strerror(errno));
}

/// Memory, CPU, priority and timers, as cyclictest asks for them.
static inline void peer_request(int cpu, int priority) {
    peer_require(mlockall(MCL_CURRENT | MCL_FUTURE) ? errno : 0, "mlockall");
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    peer_require(sched_setaffinity(0, sizeof cpus, &cpus) ? errno : 0, "sched_setaffinity");
    struct sched_param fifo = {.sched_priority = priority};
    if (priority > 0) peer_require(sched_setscheduler(0, SCHED_FIFO, &fifo) ? errno : 0, "sched_setscheduler");
    peer_require(prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) ? errno : 0, "prctl");
    peer_hold_wake_latency();
}

static inline struct peer peer_prepare(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: %s NUMERATOR DENOMINATOR TICKS CPU PRIORITY\n", argv[0]);
        exit(EXIT_USAGE);
    }
    struct peer peer = {.numerator = atoll(argv[1]), .denominator = atoll(argv[2]), .ticks = atoll(argv[3])};
    int cpu = atoi(argv[4]), priority = atoi(argv[5]);
    size_t size = (size_t)peer.ticks * sizeof *peer.lateness;
    peer.lateness = malloc(size);
    peer_require(peer.lateness ? 0 : ENOMEM, "malloc");
    memset(peer.lateness, 1, size);

    peer_request(cpu, priority);
    peer.epoch = peer_now() + 20000000;
    return peer;
}

static inline int peer_finish(const struct peer *peer) {
    for (int64_t tick = 0; tick < peer->ticks; tick++) printf("%" PRId64 "\n", peer->lateness[tick]);
    return fflush(stdout) == 0 ? 0 : 1;
}

/// For loops that keep to something else than the grid: how far each tick was from that.
static inline int64_t *peer_grid(const struct peer *peer) {
    size_t size = (size_t)peer->ticks * sizeof(int64_t);
    int64_t *grid = malloc(size);
    peer_require(grid ? 0 : ENOMEM, "malloc");
    memset(grid, 1, size);
    return grid;
}

static inline int peer_finish_with_grid(const struct peer *peer, const int64_t *grid) {
    for (int64_t tick = 0; tick < peer->ticks; tick++) printf("grid %" PRId64 "\n", grid[tick]);
    return peer_finish(peer);
}

#endif
