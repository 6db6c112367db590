// What <spawn.h> shows to those alone who ask for GNU's extensions, which a Swift module cannot.
#pragma once
#include <spawn.h>

extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);

// POSIX_SPAWN_SETSID of glibc.
static const short orchestrate_spawn_setsid = 0x80;
