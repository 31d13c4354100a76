// A repeating timer of an event loop whose clock counts whole milliseconds, as most servers' do: the loop's time is
// read once a turn, a timer is due so many milliseconds after it, and epoll_wait(2) is told how many are left. The
// period is the nearest whole millisecond: 16.683 ms is 17. Lateness is against the millisecond in which the timer
// was due; how far that is from the exact grid is printed as well.

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
