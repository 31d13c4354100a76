/// Sockets: datagrams over UDP, and local ones to ask a node through.

#ifndef C_LINUX_SHIMS_SOCKETS_H
#define C_LINUX_SHIMS_SOCKETS_H

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <sys/un.h>
#include <unistd.h>

/// The address of a UDP socket, of either family.
struct shim_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/// Finds the first address of a host and a port, both as text. Returns 0 or the error of getaddrinfo.
static inline int shim_resolve(const char *host, const char *port, int numeric, struct shim_address *address) {
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : 0)};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, port, &hints, &found);
    if (error != 0) return error;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static inline const char *shim_resolve_error(int error) { return gai_strerror(error); }

/// Whether both are the same host and port. The scope and the flow of IPv6 do not count.
static inline int shim_same_address(const struct shim_address *a, const struct shim_address *b) {
    if (a->storage.ss_family != b->storage.ss_family) return 0;
    if (a->storage.ss_family == AF_INET) {
        const struct sockaddr_in *x = (const struct sockaddr_in *)&a->storage, *y = (const struct sockaddr_in *)&b->storage;
        return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
    }
    const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)&a->storage, *y = (const struct sockaddr_in6 *)&b->storage;
    return x->sin6_port == y->sin6_port && memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
}

/// Writes an address with its port as numbers, "192.0.2.1:123" or "[2001:db8::1]:123". Returns 0 or the error of
/// getnameinfo.
static inline int shim_address_text(const struct shim_address *address, char *text, size_t capacity) {
    char host[NI_MAXHOST], port[NI_MAXSERV];
    int error = getnameinfo((const struct sockaddr *)&address->storage, address->length, host, sizeof host, port,
                            sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (error != 0) return error;
    snprintf(text, capacity, address->storage.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
    return 0;
}

/// An address of an interface: 4 bytes of IPv4, or 16 of IPv6.
struct shim_own_address {
    int length;
    uint8_t bytes[16];
};

/// The addresses of this host's interfaces. Returns how many were written, or the negative errno.
static inline int shim_own_addresses(struct shim_own_address *list, int capacity) {
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) return -errno;
    int count = 0;
    for (struct ifaddrs *one = all; one && count < capacity; one = one->ifa_next) {
        if (!one->ifa_addr) continue;
        if (one->ifa_addr->sa_family == AF_INET) {
            list[count].length = 4;
            memcpy(list[count++].bytes, &((struct sockaddr_in *)one->ifa_addr)->sin_addr, 4);
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            list[count].length = 16;
            memcpy(list[count++].bytes, &((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr, 16);
        }
    }
    freeifaddrs(all);
    return count;
}

/// A non-blocking UDP socket of the family of `address`, bound to it, or to nothing where `binds` is 0.
/// Returns the descriptor or the negative errno.
static inline int shim_udp_open(const struct shim_address *address, int binds) {
    int fd = socket(address->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int one = 1;
    if (address->storage.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    /* Refused, datagrams come without stamps. */
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    if (binds && bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/// The port that the socket is bound to, or the negative errno.
static inline int shim_udp_port(int fd) {
    struct sockaddr_storage own;
    socklen_t length = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &length) < 0) return -errno;
    return ntohs(own.ss_family == AF_INET ? ((struct sockaddr_in *)&own)->sin_port : ((struct sockaddr_in6 *)&own)->sin6_port);
}

/// Sends one datagram. Returns 0 or the errno.
static inline int shim_udp_send(int fd, const void *bytes, size_t count, const struct shim_address *to) {
    return sendto(fd, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)&to->storage, to->length) < 0 ? errno : 0;
}

/// Reads the kernel's stamp of an arrival, in ns of CLOCK_REALTIME. A header of another kind leaves `stamp` as it is.
static inline void shim_take_stamp(struct cmsghdr *header, int64_t *stamp) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) return;
    struct timespec time;
    memcpy(&time, CMSG_DATA(header), sizeof time);
    *stamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Takes one datagram: its true length, even where it was longer than `capacity`, or the negative errno. `stamp` is
/// when it came, in ns of CLOCK_REALTIME, as the kernel reports it; INT64_MIN if the kernel does not.
static inline long shim_udp_receive(int fd, void *bytes, size_t capacity, struct shim_address *from, int64_t *stamp) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec place = {.iov_base = bytes, .iov_len = capacity};
    memset(from, 0, sizeof *from);
    struct msghdr message = {
        .msg_name = &from->storage, .msg_namelen = sizeof from->storage, .msg_iov = &place, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof control,
    };
    *stamp = INT64_MIN;
    long count = recvmsg(fd, &message, MSG_TRUNC);
    if (count < 0) return -errno;
    from->length = message.msg_namelen;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        shim_take_stamp(header, stamp);
    }
    return count;
}

/// Waits until one of two descriptors (the second may be −1) can be read, for at most the given number of milliseconds.
/// Returns a bit for each, or the negative errno.
static inline int shim_wait_readable(int first, int second, int milliseconds) {
    struct pollfd fds[2] = {{.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}};
    int count = poll(fds, 2, milliseconds);
    if (count < 0) return -errno;
    return (fds[0].revents != 0 ? 1 : 0) | (fds[1].revents != 0 ? 2 : 0);
}

/// The address of a local socket. Returns 0, or ENAMETOOLONG.
static inline int shim_local_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) return ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

/// A connection to a local socket. Returns the descriptor or the negative errno.
static inline int shim_local_connect(const char *path) {
    struct sockaddr_un address;
    int error = shim_local_address(path, &address);
    if (error != 0) return -error;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    /* Do not wait for ever for a listener that never takes the connection. */
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    error = errno;
    close(fd);
    return -error;
}

/// A local socket, not yet at any path. Returns the descriptor or the negative errno.
static inline int shim_local_socket(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/// Lets a local socket listen at `path`. Returns 0 or the errno.
static inline int shim_local_listen(int fd, const char *path) {
    struct sockaddr_un address;
    int error = shim_local_address(path, &address);
    if (error != 0) return error;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 8) < 0) return errno;
    return 0;
}

/// A local socket for datagrams at `own`, whose file gets `mode` less the umask. If `peer` is not null the socket is
/// connected to it, and the kernel then delivers only what that socket sends. Returns the descriptor or the negative
/// errno; `own` exists only after success.
static inline int shim_local_datagrams(const char *own, const char *peer, mode_t mode) {
    struct sockaddr_un address;
    int error = shim_local_address(own, &address);
    if (error != 0) return -error;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (fchmod(fd, mode) != 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        error = errno;
        close(fd);
        return -error;
    }
    if (peer == NULL) return fd;
    error = shim_local_address(peer, &address);
    if (error == 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) error = errno;
    if (error == 0) return fd;
    close(fd);
    unlink(own);
    return -error;
}

/// Whether a socket for datagrams is open at `path`. Returns 0, or the errno: ECONNREFUSED if only its file is left.
static inline int shim_local_datagrams_open(const char *path) {
    struct sockaddr_un address;
    int error = shim_local_address(path, &address);
    if (error != 0) return error;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return errno;
    error = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
}

/// Takes the next connection; one of another user than this process's, or root, is closed. Returns the
/// descriptor or the negative errno.
static inline int shim_local_accept(int fd) {
    int connection = accept(fd, NULL, NULL);
    if (connection < 0) return -errno;
    fcntl(connection, F_SETFD, FD_CLOEXEC);
    /* As the kernel fills it: struct ucred, which glibc declares only under _GNU_SOURCE. */
    struct { pid_t pid; uid_t uid; gid_t gid; } peer;
    socklen_t length = sizeof peer;
    struct timeval patience = {.tv_sec = 1};
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == geteuid() || peer.uid == 0))
        return connection;
    close(connection);
    return -EPERM;
}

/// Sends to a connection; a reader that has gone is an error, not a signal.
static inline long shim_local_send(int fd, const void *bytes, size_t count) { return send(fd, bytes, count, MSG_NOSIGNAL); }

#endif
