/* Preloaded into a program, has adjtimex tell the state that the environment names: ADJTIMEX_MAXERROR_US,
   ADJTIMEX_ESTERROR_US, ADJTIMEX_STATUS, ADJTIMEX_OFFSET_NS. It changes nothing. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

static long value(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

int adjtimex(struct timex *state) {
    memset(state, 0, sizeof *state);
    state->maxerror = value("ADJTIMEX_MAXERROR_US");
    state->esterror = value("ADJTIMEX_ESTERROR_US");
    state->offset = value("ADJTIMEX_OFFSET_NS");
    state->status = (int)value("ADJTIMEX_STATUS");
    state->tick = 10000;
    state->tai = 37;
    return state->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
