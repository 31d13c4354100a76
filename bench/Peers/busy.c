// Keeps one CPU busy under SCHED_OTHER until its standard input ends, or the program that started it ends.
//
//     busy CPU

#define _GNU_SOURCE
#include "peer.h"

#include <poll.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s CPU\n", argv[0]);
        return EXIT_USAGE;
    }
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(atoi(argv[1]), &cpus);
    peer_require(sched_setaffinity(0, sizeof cpus, &cpus) ? errno : 0, "sched_setaffinity");
    volatile uint64_t work = 0;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    // Nobody writes: there is something to read once the other end is closed.
    while (poll(&input, 1, 0) == 0) {
        for (int turn = 0; turn < 20000000; turn++) work += (uint64_t)turn;
    }
    return 0;
}
