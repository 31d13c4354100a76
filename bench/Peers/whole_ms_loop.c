// A repeating timer of an event loop that counts whole milliseconds, as most servers' loops do. The loop reads its
// time once per turn, a timer is due a number of milliseconds later, and epoll_wait(2) waits for the rest. The period
// is the nearest whole millisecond: 17 for 16.683 ms. Lateness is measured against the millisecond in which the timer
// was due; the distance from the exact grid is printed too.

#define _GNU_SOURCE
#include "peer.h"

#include <sys/epoll.h>

int main(int argc, char **argv) {
    struct peer peer = peer_prepare(argc, argv);
    int64_t *grid = peer_grid(&peer), period = (peer_deadline(&peer, 1) - peer.epoch + 500000) / 1000000;
    if (period < 1) period = 1;
    int poll = epoll_create1(EPOLL_CLOEXEC);
    peer_require(poll < 0 ? errno : 0, "epoll_create1");
    int64_t due = (peer.epoch + 999999) / 1000000;
    for (int64_t tick = 0; tick < peer.ticks; tick++) {
        int64_t now;
        struct epoll_event event;
        while ((now = peer_now()) / 1000000 < due) epoll_wait(poll, &event, 1, (int)(due - now / 1000000));
        peer.lateness[tick] = now - due * 1000000;
        grid[tick] = now - peer_deadline(&peer, tick);
        due = now / 1000000 + period;
    }
    return peer_finish_with_grid(&peer, grid);
}
