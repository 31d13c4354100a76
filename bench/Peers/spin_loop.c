// The lower limit of the machine: read the clock until the deadline has passed. Any lateness here comes from a host
// that took the CPU away.

#define _GNU_SOURCE
#include "peer.h"

int main(int argc, char **argv) {
    struct peer peer = peer_prepare(argc, argv);
    for (int64_t tick = 0; tick < peer.ticks; tick++) {
        int64_t deadline = peer_deadline(&peer, tick);
        int64_t now;
        while ((now = peer_now()) < deadline) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#elif defined(__aarch64__)
            __asm__ volatile("isb");
#endif
        }
        peer.lateness[tick] = now - deadline;
    }
    return peer_finish(&peer);
}
