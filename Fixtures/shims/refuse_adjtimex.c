/* Preloaded into a program, refuses adjtimex as a seccomp filter does that forbids the call: EPERM. */
#include <errno.h>
#include <sys/timex.h>

int adjtimex(struct timex *state) {
    (void)state;
    errno = EPERM;
    return -1;
}
