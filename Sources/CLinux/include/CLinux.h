// What the toolchain's Glibc module leaves out.
#ifndef CLINUX_H
#define CLINUX_H
#include <stddef.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <sys/types.h>

typedef struct {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
} clinux_credentials;

/// The credentials the peer of a Unix socket had when it connected; 0, or -1 with errno set.
int clinux_peer_credentials(int descriptor, clinux_credentials *credentials);

/// The supplementary groups of the peer; the count, or -1 with errno set (ERANGE when `capacity` is too small).
int clinux_peer_groups(int descriptor, uint32_t *groups, int capacity);

/// Whose socket is at the other end of a TCP connection within this machine, by sock_diag(7); 0, or -1 with errno set.
///
/// ENOTCONN when that socket is no longer held by any process: the kernel would call it root's.
int clinux_tcp_peer(int descriptor, uint32_t *uid, uint64_t *inode);

/// accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC; the descriptor, or -1 with errno set.
int clinux_accept(int listener);

/// Names the calling thread (15 bytes at most); 0, or an errno value.
int clinux_set_thread_name(const char *name);

/// Makes the calling thread alone another user's, with these groups and no others; 0, or -1 with errno set.
int clinux_thread_become(uint32_t uid, uint32_t gid, const uint32_t *groups, size_t count);

/// PR_SET_DUMPABLE 0 and RLIMIT_CORE 0, so that neither a core nor a debugger of the same user sees memory; 0 or -1.
int clinux_forbid_dumps(void);

/// M_PERTURB: malloc overwrites blocks of more than about 1 KiB when they are freed, libraries' own included; 0 or -1.
int clinux_wipe_freed_memory(void);

/// madvise MADV_DONTDUMP and MADV_WIPEONFORK on whole pages; failures do not matter.
void clinux_shield_pages(void *address, size_t length);

/// mlock2 with MLOCK_ONFAULT: whole pages are locked from their first use on; 0, or -1 with errno set.
int clinux_lock_when_used(void *address, size_t length);

/// renameat2 with RENAME_EXCHANGE: two paths change places in one step; 0, or -1 with errno set.
int clinux_exchange(const char *one, const char *other);

/// POSIX_SPAWN_SETSID: a session of its own for the started program.
extern const int clinux_spawn_setsid;

/// Makes the started program lose every descriptor from `first` on; 0, or an errno value.
int clinux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);
#endif
