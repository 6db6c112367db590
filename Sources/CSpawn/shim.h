// What <spawn.h> shows to those alone who ask for GNU's extensions, which a Swift module cannot.
#pragma once
#include <spawn.h>

extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

// POSIX_SPAWN_SETSID of glibc.
static const short orchestrate_spawn_setsid = 0x80;

// System calls that glibc has no function for, or only a later one.
#include <sys/syscall.h>
#include <unistd.h>

static inline int orchestrate_pidfd_open(pid_t pid) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, pid, 0);
#else
  return -1;
#endif
}

static inline pid_t orchestrate_thread_id(void) { return (pid_t)syscall(SYS_gettid); }
