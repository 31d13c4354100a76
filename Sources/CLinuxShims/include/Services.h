/// Exchanges with other programs: the output of a child, and messages to the service manager.

#ifndef SERVICES_SHIMS_H
#define SERVICES_SHIMS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/// Starts a program, found by PATH, with nothing to read and what it prints in two pipes, whose reading ends are
/// given back. It has no signal blocked or ignored. Returns its pid or the negative errno.
static inline int shim_spawn(char *const *words, int *output, int *errors, char *const *environment) {
    int out[2], err[2], null;
    if (pipe(out) < 0) return -errno;
    if (pipe(err) < 0) {
        int error = errno;
        close(out[0]), close(out[1]);
        return -error;
    }
    for (int i = 0; i < 2; i++) fcntl(out[i], F_SETFD, FD_CLOEXEC), fcntl(err[i], F_SETFD, FD_CLOEXEC);
    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (null >= 0) posix_spawn_file_actions_adddup2(&actions, null, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    pid_t pid = 0;
    int error = posix_spawnp(&pid, words[0], &actions, &attributes, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (null >= 0) close(null);
    close(out[1]), close(err[1]);
    if (error != 0) {
        close(out[0]), close(err[0]);
        return -error;
    }
    *output = out[0];
    *errors = err[0];
    return pid;
}

/// Sends a datagram to a local socket, whose name in the abstract space begins with '@' (sd_notify(3)). Never
/// waits. Returns 0 or the errno.
static inline int shim_notify(const char *path, const void *text, size_t length) {
    struct sockaddr_un address;
    size_t count = strlen(path);
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    if (count < 2 || count >= sizeof address.sun_path) return EINVAL;
    memcpy(address.sun_path, path, count);
    if (path[0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count + (path[0] == '@' ? 0 : 1));
    ssize_t sent = sendto(fd, text, length, MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    int error = sent < 0 ? errno : 0;
    close(fd);
    return error;
}

#endif
