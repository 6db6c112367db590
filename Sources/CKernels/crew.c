#include "crew.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

typedef void (*body_type)(void *context, int32_t worker, int64_t part);

struct crew {
  int32_t started;
  pthread_t *threads;
  int32_t patience;
  /// Held by the caller whose loop is running.
  pthread_mutex_t caller;

  // The loop. It is written before `open` becomes its number, and stays until `inside` is 0.
  body_type body;
  void *context;
  int64_t parts;
  atomic_llong next;
  /// The number of the loop that may be entered, 0 for none.
  atomic_ulong open;
  /// Threads that are in it, or looking whether they may be.
  atomic_int inside;

  // Sleep.
  unsigned long last;
  atomic_ulong announced;
  atomic_int asleep;
  atomic_bool ended;
  pthread_mutex_t lock;
  pthread_cond_t changed;
};

struct member {
  struct crew *crew;
  int32_t worker;
};

/// Looks this often, some 200 µs, before a thread goes to sleep: longer than what a training step does
/// between two loops, short enough to be a good neighbour.
enum { patience_of_members = 4000 };

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take_parts(struct crew *crew, int32_t worker) {
  for (;;) {
    long long part = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
    if (part >= crew->parts) return;
    crew->body(crew->context, worker, part);
  }
}

/// Waits until a loop after number `seen` is announced, and returns its number.
static unsigned long next_loop(struct crew *crew, unsigned long seen) {
  for (int32_t look = 0; look < crew->patience; look++) {
    unsigned long number = atomic_load_explicit(&crew->announced, memory_order_acquire);
    if (number != seen) return number;
    pause_briefly();
  }
  pthread_mutex_lock(&crew->lock);
  // The caller announces first and then looks for sleepers; here it is the other way round, so that
  // one of the two sees the other.
  atomic_fetch_add(&crew->asleep, 1);
  while (atomic_load(&crew->announced) == seen) pthread_cond_wait(&crew->changed, &crew->lock);
  atomic_fetch_sub(&crew->asleep, 1);
  pthread_mutex_unlock(&crew->lock);
  return atomic_load(&crew->announced);
}

static void announce(struct crew *crew) {
  atomic_store(&crew->announced, crew->last);
  if (atomic_load(&crew->asleep) == 0) return;
  pthread_mutex_lock(&crew->lock);
  pthread_cond_broadcast(&crew->changed);
  pthread_mutex_unlock(&crew->lock);
}

static void *serve(void *argument) {
  struct member *member = argument;
  struct crew *crew = member->crew;
  const int32_t worker = member->worker;
  free(member);
  unsigned long seen = 0;
  for (;;) {
    seen = next_loop(crew, seen);
    if (atomic_load(&crew->ended)) return NULL;
    // Who comes late finds the loop closed, or a later one open, which is as good. Either this thread
    // sees that it is closed or the caller sees this thread inside.
    atomic_fetch_add(&crew->inside, 1);
    if (atomic_load(&crew->open) != 0) take_parts(crew, worker);
    atomic_fetch_sub(&crew->inside, 1);
  }
}

struct crew *crew_create(int32_t threads) {
  struct crew *crew = calloc(1, sizeof *crew);
  if (!crew) abort();
  const int32_t members = threads > 1 ? threads - 1 : 0;
  // Waiting at work makes sense only where every thread has a processor to itself.
  crew->patience = threads <= sysconf(_SC_NPROCESSORS_ONLN) ? patience_of_members : 0;
  pthread_mutex_init(&crew->caller, NULL);
  pthread_mutex_init(&crew->lock, NULL);
  pthread_cond_init(&crew->changed, NULL);
  crew->threads = calloc((size_t)members + 1, sizeof *crew->threads);
  if (!crew->threads) abort();
  for (int32_t i = 0; i < members; i++) {
    struct member *member = malloc(sizeof *member);
    if (!member) break;
    *member = (struct member){crew, crew->started + 1};
    if (pthread_create(&crew->threads[crew->started], NULL, serve, member) != 0) {
      free(member);
      break;
    }
    crew->started++;
  }
  return crew;
}

void crew_destroy(struct crew *crew) {
  atomic_store(&crew->ended, true);
  crew->last++;
  announce(crew);
  for (int32_t i = 0; i < crew->started; i++) pthread_join(crew->threads[i], NULL);
  pthread_cond_destroy(&crew->changed);
  pthread_mutex_destroy(&crew->lock);
  pthread_mutex_destroy(&crew->caller);
  free(crew->threads);
  free(crew);
}

void crew_run(struct crew *crew, body_type body, void *context, int64_t parts) {
  if (parts <= 1 || crew->started == 0 || pthread_mutex_trylock(&crew->caller) != 0) {
    for (int64_t part = 0; part < parts; part++) body(context, 0, part);
    return;
  }
  crew->body = body;
  crew->context = context;
  crew->parts = parts;
  atomic_store_explicit(&crew->next, 0, memory_order_relaxed);
  crew->last++;
  atomic_store(&crew->open, crew->last);
  announce(crew);
  take_parts(crew, 0);
  atomic_store(&crew->open, 0);
  for (int32_t look = 0; atomic_load(&crew->inside) != 0; look++) {
    if (look < crew->patience) pause_briefly();
    else sched_yield();
  }
  pthread_mutex_unlock(&crew->caller);
}
