// The simplest loop in C: sleep until the absolute deadline, read the clock, repeat.

#define _GNU_SOURCE
#include "peer.h"

int main(int argc, char **argv) {
    struct peer peer = peer_prepare(argc, argv);
    for (int64_t tick = 0; tick < peer.ticks; tick++) {
        int64_t deadline = peer_deadline(&peer, tick);
        struct timespec until = {deadline / 1000000000, deadline % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) {
        }
        peer.lateness[tick] = peer_now() - deadline;
    }
    return peer_finish(&peer);
}
