/// Sockets that hear a group of IPv4 beside other programs.

#ifndef C_LINUX_SHIMS_MULTICAST_H
#define C_LINUX_SHIMS_MULTICAST_H

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "Sockets.h"

/// A non-blocking socket at a port of a group (`224.0.1.129` is 0xE0000181), which has not joined it yet. It shares the
/// port with sockets that also set SO_REUSEADDR. Bound to the group, it never takes a datagram that is for the host
/// alone. Returns the descriptor or the negative errno.
static inline int shim_group_open(uint32_t group, uint16_t port, int queue_bytes) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int one = 1, zero = 0;
    /* Refused, datagrams come without stamps. */
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(group)};
    /* Without IP_MULTICAST_ALL = 0 the socket would also hear what other programs have joined on other interfaces. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &queue_bytes, sizeof queue_bytes) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &zero, sizeof zero) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

/// Joins the group on one interface. Returns 0 or the errno.
static inline int shim_group_join(int fd, uint32_t group, int interface) {
    struct ip_mreqn membership = {.imr_multiaddr.s_addr = htonl(group), .imr_ifindex = interface};
    return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) < 0 ? errno : 0;
}

/// The interfaces that are up and can receive groups, by index, each once. Returns how many were written, or the
/// negative errno.
static inline int shim_group_interfaces(int *list, int capacity) {
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) return -errno;
    int count = 0;
    for (struct ifaddrs *one = all; one && count < capacity; one = one->ifa_next) {
        if ((one->ifa_flags & (IFF_UP | IFF_MULTICAST)) != (IFF_UP | IFF_MULTICAST)) continue;
        int index = (int)if_nametoindex(one->ifa_name), place = 0;
        while (place < count && list[place] != index) place++;
        if (index > 0 && place == count) list[count++] = index;
    }
    freeifaddrs(all);
    return count;
}

/// The index of an interface; 0 if there is none of that name.
static inline int shim_interface_index(const char *name) { return (int)if_nametoindex(name); }

/// Writes the name of an interface, at most 16 bytes with its end. Returns 0 or the errno.
static inline int shim_interface_name(int index, char *name) {
    return if_indextoname((unsigned)index, name) == NULL ? errno : 0;
}

/// Takes one datagram: its true length, even where it was longer than `capacity`, or the negative errno. `interface` is
/// where it came in, 0 if the kernel does not say; `lost` is how many the kernel has dropped from the full queue since
/// the socket was opened, and stays as it was if the kernel does not say. `stamp` is as in `shim_udp_receive`.
static inline long shim_group_receive(
    int fd, void *bytes, size_t capacity, int *interface, uint32_t *lost, int64_t *stamp) {
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint32_t))
            + CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct iovec place = {.iov_base = bytes, .iov_len = capacity};
    struct msghdr message = {
        .msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control,
    };
    *interface = 0;
    *stamp = INT64_MIN;
    long count = recvmsg(fd, &message, MSG_TRUNC);
    if (count < 0) return -errno;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof info);
            *interface = info.ipi_ifindex;
        } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL) {
            memcpy(lost, CMSG_DATA(header), sizeof *lost);
        }
        shim_take_stamp(header, stamp);
    }
    return count;
}

#endif
