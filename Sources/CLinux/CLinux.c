// What needs _GNU_SOURCE, which the importer cannot be given.
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_peer_credentials(int descriptor, clinux_credentials *credentials) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return -1;
    *credentials = (clinux_credentials){peer.pid, peer.uid, peer.gid};
    return 0;
}

int clinux_peer_groups(int descriptor, uint32_t *groups, int capacity) {
    socklen_t length = (socklen_t)capacity * sizeof *groups;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0) return -1;
    return (int)(length / sizeof *groups);
}

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static void put_address(const union address *address, __be16 *port, __be32 *words) {
    if (address->any.sa_family == AF_INET6) {
        *port = address->six.sin6_port;
        memcpy(words, &address->six.sin6_addr, sizeof address->six.sin6_addr);
    } else {
        *port = address->four.sin_port;
        memcpy(words, &address->four.sin_addr, sizeof address->four.sin_addr);
    }
}

// One question and its answer; the kernel has answered by the time that send returns.
static int ask_diag(const void *question, size_t length, void *answer, size_t room) {
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink < 0) return -1;
    ssize_t received = -1;
    if (send(netlink, question, length, 0) == (ssize_t)length) received = recv(netlink, answer, room, MSG_DONTWAIT);
    int error = errno;
    close(netlink);
    errno = error;
    return (int)received;
}

int clinux_tcp_peer(int descriptor, uint32_t *uid, uint64_t *inode) {
    union address own, peer;
    socklen_t length = sizeof own;
    if (getsockname(descriptor, &own.any, &length) != 0) return -1;
    length = sizeof peer;
    if (getpeername(descriptor, &peer.any, &length) != 0) return -1;
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } question = {
        .head = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = own.any.sa_family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0u},
    };
    // Seen from the other end: what is its source is our destination.
    struct inet_diag_sockid *id = &question.body.id;
    put_address(&peer, &id->idiag_sport, id->idiag_src);
    put_address(&own, &id->idiag_dport, id->idiag_dst);
    id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    struct {
        struct nlmsghdr head;
        union {
            struct nlmsgerr error;
            struct inet_diag_msg found;
        };
        char attributes[1024];
    } answer;
    int received = ask_diag(&question, sizeof question, &answer, sizeof answer);
    if (received < 0) return -1;
    errno = ENOTCONN;
    if ((size_t)received < NLMSG_LENGTH(sizeof answer.found) || answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY) {
        if ((size_t)received >= NLMSG_LENGTH(sizeof answer.error) && answer.head.nlmsg_type == NLMSG_ERROR)
            errno = -answer.error.error;
        return -1;
    }
    // A lookup may also find a listener at the peer's port, and a socket without inode is nobody's any more.
    if (answer.found.id.idiag_sport != id->idiag_sport || answer.found.id.idiag_dport != id->idiag_dport ||
        answer.found.idiag_inode == 0)
        return -1;
    *uid = answer.found.idiag_uid;
    *inode = answer.found.idiag_inode;
    return 0;
}

int clinux_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int clinux_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

int clinux_thread_become(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t count) {
    // The C library's calls change all threads; the kernel's own change one.
    if (syscall(SYS_setgroups, count, groups) != 0) return -1;
    if (syscall(SYS_setresgid, gid, gid, gid) != 0) return -1;
    return (int)syscall(SYS_setresuid, uid, uid, uid);
}

int clinux_lock_when_used(void *address, size_t length) { return mlock2(address, length, MLOCK_ONFAULT); }

int clinux_forbid_dumps(void) {
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) return -1;
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int clinux_wipe_freed_memory(void) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    return 0;  // Its own allocator knows no options, and nobody keeps secrets in such a build.
#endif
#endif
    return mallopt(M_PERTURB, 0xA5) == 1 ? 0 : -1;
}

void clinux_shield_pages(void *address, size_t length) {
    madvise(address, length, MADV_DONTDUMP);
    madvise(address, length, MADV_WIPEONFORK);
}

int clinux_exchange(const char *one, const char *other) {
    return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

const int clinux_spawn_setsid = POSIX_SPAWN_SETSID;

int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
