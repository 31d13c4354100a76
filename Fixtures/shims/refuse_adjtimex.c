/* Preloaded into a program, refuses adjtimex with EPERM, as a seccomp filter does. */
#include <errno.h>
#include <sys/timex.h>

int adjtimex(struct timex *state) {
    (void)state;
    errno = EPERM;
    return -1;
}
