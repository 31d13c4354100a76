/* The positive control of count_allocations.c: a thread named "tick" that allocates by each of the
 * six entries and frees what it got, as often as the first argument says. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/prctl.h>

static void *volatile kept; /* The compiler could remove unused memory. */

static void *ticks(void *count) {
    prctl(PR_SET_NAME, "tick", 0, 0, 0);
    for (long left = *(long *)count; left > 0; left--) {
        void *memory = NULL;
        kept = malloc(8), free(kept);
        kept = calloc(1, 8), free(kept);
        kept = malloc(8), kept = realloc(kept, 4096), free(kept);
        kept = aligned_alloc(64, 64), free(kept);
        kept = memalign(64, 64), free(kept);
        if (posix_memalign(&memory, 64, 64) == 0) free(memory);
    }
    return NULL;
}

int main(int count, char **words) {
    long rounds = count > 1 ? strtol(words[1], NULL, 10) : 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, ticks, &rounds) != 0) return 1;
    return pthread_join(thread, NULL);
}
