// One frame, then nanosleep(2) for a period, as simple senders do: what a sleep is too long by, and what the frame
// takes, is never made up for. Lateness is against the end of the sleep that was asked for; how far that is from
// the exact grid is printed as well.

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
