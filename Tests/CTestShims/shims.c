#define _GNU_SOURCE
#include "CTestShims.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

int test_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int test_memory_file(void) { return memfd_create("stdin", MFD_CLOEXEC); }

void test_wait_for_end(pid_t pid, int milliseconds) {
    // By number: glibc has the call from 2.36 on.
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    // Without the call, a look every millisecond.
    poll(&end, 1, end.fd < 0 ? 1 : milliseconds);
    if (end.fd >= 0) close(end.fd);
}

int test_terminal(int *program_end, int *our_end) {
    char name[128];
    struct termios settings;
    int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ours < 0) return -1;
    int theirs = -1;
    if (grantpt(ours) == 0 && unlockpt(ours) == 0 && ptsname_r(ours, name, sizeof name) == 0)
        theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (theirs < 0 || tcgetattr(theirs, &settings) != 0) {
        close(ours);
        return -1;
    }
    cfmakeraw(&settings);
    if (tcsetattr(theirs, TCSANOW, &settings) != 0) {
        close(ours);
        close(theirs);
        return -1;
    }
    *program_end = theirs;
    *our_end = ours;
    return 0;
}

int test_spawn_in_folder(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}
