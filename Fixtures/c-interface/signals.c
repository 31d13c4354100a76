// Signals in a program that links the library.
//
//     signals idle            prints "ready" before its first call into the library, and waits
//     signals running         prints "ready" while a loop ticks, and waits
//     signals own             as running, with a handler of its own for SIGABRT and SIGSEGV, installed first; each
//                             signal prints "handled N" and the program goes on; SIGTERM ends it with 0
//     signals abort           calls abort(3) while a loop ticks
//     signals crash           reads from address 0 while a loop ticks

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tick_scheduler.h>
#include <unistd.h>

static void handle(int number) {
    char text[] = "handled 00\n";
    text[8] = (char)('0' + number / 10);
    text[9] = (char)('0' + number % 10);
    if (write(STDOUT_FILENO, text, sizeof text - 1) < 0) _exit(3);
}

static void leave(int number) {
    (void)number;
    _exit(0);
}

static int start(tick_loop **loop) {
    tick_session_options session;
    const tick_rate rate = {50, 1};
    if (tick_loop_create(NULL, loop) != TICK_OK) return 1;
    if (tick_session_options_init(&session, sizeof session, rate) != TICK_OK) return 1;
    if (tick_loop_add(*loop, &session, NULL) != TICK_OK) return 1;
    return tick_loop_start(*loop) != TICK_OK;
}

int main(int count, char **words) {
    tick_loop *loop = NULL;
    const char *mode = count > 1 ? words[1] : "";
    if (strcmp(mode, "own") == 0) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = handle;
        sigaction(SIGABRT, &action, NULL);
        sigaction(SIGSEGV, &action, NULL);
        action.sa_handler = leave;
        sigaction(SIGTERM, &action, NULL);
    }
    if (strcmp(mode, "idle") != 0 && start(&loop) != 0) {
        fprintf(stderr, "%s\n", tick_last_message());
        return 2;
    }
    puts("ready");
    fflush(stdout);
    if (strcmp(mode, "abort") == 0) abort();
    if (strcmp(mode, "crash") == 0) return *(volatile int *)0;
    for (;;) pause();
}
