/// Threads that wait for loops to share.
///
/// A loop's parts are handed out one by one, so that a thread that the system has taken off its
/// processor holds up nobody but the part it is in: on a busy machine a crew is never slower than its
/// caller alone by more than one part.
#ifndef CREW_H
#define CREW_H

#include <stdint.h>

#pragma clang assume_nonnull begin

struct crew;

/// A crew of `threads` threads, the caller's included. Never fails: what cannot be started is missing.
struct crew *crew_create(int32_t threads);
/// Ends the threads; no loop may be running.
void crew_destroy(struct crew *crew);
/// Calls body(context, worker, part) for every part below `parts` and returns when all are done.
/// `worker` is below the number of threads, and no two parts run at once under the same one. A second
/// caller, or a body that comes here again, runs its loop alone as worker 0.
void crew_run(
  struct crew *crew, void (*body)(void *context, int32_t worker, int64_t part), void *context,
  int64_t parts);

#pragma clang assume_nonnull end
#endif
