// One frame, then nanosleep(2) for a period, as simple senders do. The loop never makes up for the time that a sleep
// is too long, or that the frame takes. Lateness is measured against the requested end of the sleep; the distance
// from the exact grid is printed too.

#define _GNU_SOURCE
#include "peer.h"

int main(int argc, char **argv) {
    struct peer peer = peer_prepare(argc, argv);
    int64_t *grid = peer_grid(&peer), period = peer_deadline(&peer, 1) - peer.epoch;
    int64_t asked = peer.epoch - peer_now();
    for (int64_t tick = 0; tick < peer.ticks; tick++) {
        int64_t due = peer_now() + asked;
        struct timespec rest = {asked / 1000000000, asked % 1000000000};
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
        }
        int64_t now = peer_now();
        peer.lateness[tick] = now - due;
        grid[tick] = now - peer_deadline(&peer, tick);
        asked = period;
    }
    return peer_finish_with_grid(&peer, grid);
}
