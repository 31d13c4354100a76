/// Memory that two processes share, and how its descriptor gets from one to the other.

#ifndef SHARED_MEMORY_SHIMS_H
#define SHARED_MEMORY_SHIMS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

// As the kernel numbers them; glibc declares them only under _GNU_SOURCE.
#define SHIM_MFD_CLOEXEC 1u
#define SHIM_MFD_ALLOW_SEALING 2u
#define SHIM_F_ADD_SEALS 1033
#define SHIM_F_GET_SEALS 1034
#define SHIM_SEAL_SEAL 1
#define SHIM_SEAL_SHRINK 2
#define SHIM_SEAL_GROW 4
#define SHIM_SEAL_FUTURE_WRITE 16

/// Memory of the given size, mapped for writing at `*memory`. Afterwards its size cannot change, and no process can map
/// it for writing again, so a process that gets the descriptor can only read. Returns the descriptor or the negative
/// errno.
static inline int shim_shared_create(size_t bytes, void **memory) {
    int fd = (int)syscall(SYS_memfd_create, "tick-right", SHIM_MFD_CLOEXEC | SHIM_MFD_ALLOW_SEALING);
    if (fd < 0) return -errno;
    if (ftruncate(fd, (off_t)bytes) == 0) {
        void *place = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (place != MAP_FAILED) {
            if (fcntl(fd, SHIM_F_ADD_SEALS, SHIM_SEAL_SHRINK | SHIM_SEAL_GROW | SHIM_SEAL_FUTURE_WRITE | SHIM_SEAL_SEAL) == 0) {
                *memory = place;
                return fd;
            }
            int error = errno;
            munmap(place, bytes);
            close(fd);
            return -error;
        }
    }
    int error = errno;
    close(fd);
    return -error;
}

/// Whether a descriptor is memory of the given size that cannot shrink: reading a missing page would end the process.
static inline int shim_shared_is_safe(int fd, size_t bytes) {
    struct stat state;
    int seals = fcntl(fd, SHIM_F_GET_SEALS);
    return seals >= 0 && (seals & SHIM_SEAL_SHRINK) && fstat(fd, &state) == 0 && state.st_size == (off_t)bytes;
}

/// Maps shared memory for reading: at `place` instead of what is mapped there, or anywhere if `place` is null.
/// Returns null, with errno, if the kernel refuses.
static inline void *shim_shared_map(int fd, size_t bytes, void *place) {
    void *mapped = mmap(place, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE | (place ? MAP_FIXED : 0), fd, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

/// Zeros for reading: at `place` instead of what is mapped there, or anywhere if `place` is null. Returns null, with
/// errno, if the kernel refuses.
static inline void *shim_zeros_map(size_t bytes, void *place) {
    void *mapped = mmap(place, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | (place ? MAP_FIXED : 0), -1, 0);
    return mapped == MAP_FAILED ? NULL : mapped;
}

/// Sends bytes, and with the first of them a descriptor if `passed` is not negative. A reader that has gone is an
/// error, not a signal. Returns the count or the negative errno.
static inline long shim_local_send_descriptor(int fd, const void *bytes, size_t count, int passed) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec place = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1};
    if (passed >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    long sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    return sent < 0 ? -errno : sent;
}

/// Takes bytes, and a descriptor if one came with them, otherwise −1. Further descriptors are closed. Returns the
/// count, 0 at the end, or the negative errno.
static inline long shim_local_receive_descriptor(int fd, void *bytes, size_t capacity, int *passed) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(4 * sizeof(int))];
    } control;
    struct iovec place = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control,
    };
    *passed = -1;
    long count = recvmsg(fd, &message, 0);
    if (count < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t descriptors = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < descriptors; i++) {
            int one;
            memcpy(&one, CMSG_DATA(header) + i * sizeof one, sizeof one);
            if (*passed >= 0) {
                close(one);
                continue;
            }
            fcntl(one, F_SETFD, FD_CLOEXEC);
            *passed = one;
        }
    }
    return count;
}

/// The process at the other end of a local connection.
struct shim_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/// Takes the next connection of a local socket, from any user whom the socket's mode lets in. Returns the descriptor,
/// which never waits, or the negative errno.
static inline int shim_local_accept_any(int fd, struct shim_peer *peer) {
    int connection = accept(fd, NULL, NULL);
    if (connection < 0) return -errno;
    fcntl(connection, F_SETFD, FD_CLOEXEC);
    fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) | O_NONBLOCK);
    socklen_t length = sizeof *peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, peer, &length) == 0) return connection;
    int error = errno;
    close(connection);
    return -error;
}

#endif
