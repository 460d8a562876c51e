#include "parallel/door.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static void take_address(const struct sockaddr *a, in_port_t port, rc_door_card *card)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = port};
    if (card->n == RC_DOOR_ADDRESSES) return;
    if (a->sa_family == AF_INET) {
        to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
        memcpy(to.sin6_addr.s6_addr + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
    } else {
        to.sin6_addr = ((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
    }
    /* One of a single cable says nothing without the name of the card that it is on. */
    if (!IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr)) card->address[card->n++] = to;
}

/* The loop within the machine comes first in the list of the system, and is tried first. */
static rc_status list_addresses(in_port_t port, rc_door_card *card)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return rc_fail(RC_MACHINE, "the addresses of this machine: %s", strerror(errno));
    for (const struct ifaddrs *a = all; a; a = a->ifa_next)
        if (a->ifa_addr && (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6))
            take_address(a->ifa_addr, port, card);
    freeifaddrs(all);
    return RC_OK;
}

static rc_status open_port(uint64_t *token, int fd, in_port_t *port)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    socklen_t size = sizeof any;
    int no = 0;
    bool there = fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no) == 0 &&
                 bind(fd, (struct sockaddr *)&any, sizeof any) == 0 && listen(fd, BACKLOG) == 0 &&
                 getsockname(fd, (struct sockaddr *)&any, &size) == 0 &&
                 getrandom(token, sizeof *token, 0) == sizeof *token;
    RC_CHECK(there, RC_MACHINE, "a TCP port, by which ranks watch each other: %s", strerror(errno));
    *port = any.sin6_port;
    return RC_OK;
}

rc_status rc__door_open(rc_door_card *out, int *fd)
{
    in_port_t port = 0;
    *out = (rc_door_card){0};
    *fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    rc_status status = open_port(&out->token, *fd, &port);
    if (status == RC_OK) status = list_addresses(port, out);
    if (status == RC_OK || *fd < 0) return status;
    close(*fd);
    *fd = -1;
    out->n = 0;
    return status;
}
