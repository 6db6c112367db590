#define _GNU_SOURCE // on_exit
#include "CMPI.h"

#include <stddef.h>

// Debian puts the header into a folder of its own in the compiler's path; elsewhere MPI_HOME (see
// Package.swift) or the modules' CPATH lead to it.
#if __has_include(<mpi.h>)
#include <mpi.h>
#define BUILT 1
#elif __has_include(<mpi/mpi.h>)
#include <mpi/mpi.h>
#define BUILT 1
#else
#define BUILT 0
#endif

int cmpi_is_built(void) { return BUILT; }

#if !BUILT

const struct cmpi *cmpi_load(const char **reason) {
  *reason = "built where mpi.h was not found";
  return NULL;
}

#else

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECONDS_TO_ABORT 5
#define SECONDS_TO_FINISH 30

// The names under which the run-time linker knows libraries with this header's binary interface.
#if defined(OPEN_MPI)
static const char *const names[] = {"libmpi.so.40"};
#else
// The interface that MPICH, Intel MPI and MVAPICH have in common.
static const char *const names[] = {"libmpi.so.12", "libmpich.so.12"};
#endif

#define FUNCTIONS(each)                                                                            \
  each(MPI_Init_thread) each(MPI_Comm_set_errhandler) each(MPI_Comm_rank) each(MPI_Comm_size)      \
      each(MPI_Alltoallv) each(MPI_Allgatherv) each(MPI_Bcast) each(MPI_Abort) each(MPI_Finalize)  \
          each(MPI_Error_string)

// Pointers of the types that the header declares, as in call_MPI_Bcast.
#define DECLARE(function) static __typeof__(&function) call_##function;
FUNCTIONS(DECLARE)

static void *library;
static const char *missing;

static void *symbol(const char *name) {
  void *found = dlsym(library, name);
  if (!found) missing = name;
  return found;
}

// Open MPI's handles are the addresses of variables in the library, which this macro of its header
// names: here they are looked up too. MPICH's are numbers.
#ifdef OMPI_PREDEFINED_GLOBAL
#undef OMPI_PREDEFINED_GLOBAL
#define OMPI_PREDEFINED_GLOBAL(type, global) ((type)symbol(#global))
#endif
static MPI_Comm world;
static MPI_Datatype byte;
static MPI_Errhandler errors_return;

static void *give_up(void *code) {
  sleep(SECONDS_TO_ABORT);
  _exit((int)(intptr_t)code);
}

static void abort_all(int code) {
  // MPI may wait for ranks that no longer answer.
  pthread_t thread;
  pthread_create(&thread, NULL, give_up, (void *)(intptr_t)code);
  // It writes half a page about what the user was told in a line.
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  call_MPI_Abort(world, code);
  _exit(code);
}

static bool finished;

#ifdef __GLIBC__
// A rank that leaves alone takes the others with it and gives the job its code. srun would else wait for
// the others for ever where that code is 0, and report that it killed them where it is not.
static void leave(int code, void *nothing) {
  if (!finished) abort_all(code == 0 ? EXIT_FAILURE : code);
}
#endif

static int initialise(void) {
  // Open MPI would otherwise catch crashes to print a page about each.
  setenv("OMPI_MCA_opal_signal", "", 0);
  int provided;
  int status = call_MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (status != MPI_SUCCESS) return status;
#ifdef __GLIBC__
  on_exit(leave, NULL);
#endif
  return call_MPI_Comm_set_errhandler(world, errors_return);
}

static int rank_of(int *rank) { return call_MPI_Comm_rank(world, rank); }

static int size_of(int *size) { return call_MPI_Comm_size(world, size); }

static int exchange(
    const void *sent, const int *sent_counts, const int *sent_offsets, void *received,
    const int *received_counts, const int *received_offsets) {
  return call_MPI_Alltoallv(
      sent, sent_counts, sent_offsets, byte, received, received_counts, received_offsets, byte,
      world);
}

static int gather(
    const void *sent, int sent_count, void *received, const int *received_counts,
    const int *received_offsets) {
  return call_MPI_Allgatherv(
      sent, sent_count, byte, received, received_counts, received_offsets, byte, world);
}

static int broadcast(void *bytes, int count) { return call_MPI_Bcast(bytes, count, byte, 0, world); }

static void *finish_or_abort(void *nothing) {
  sleep(SECONDS_TO_FINISH);
  abort_all(EXIT_FAILURE);
  return NULL;
}

static int finalise(void) {
  finished = true;
  // It waits for all ranks: for ever, where one of them still wants to compute with this one.
  pthread_t thread;
  pthread_create(&thread, NULL, finish_or_abort, NULL);
  int status = call_MPI_Finalize();
  pthread_cancel(thread);
  return status;
}

static void explain(int status, char *text, int capacity) {
  char message[MPI_MAX_ERROR_STRING + 1] = "";
  int length;
  if (call_MPI_Error_string(status, message, &length) != MPI_SUCCESS) message[0] = 0;
  snprintf(text, (size_t)capacity, "%s", message);
}

static const struct cmpi functions = {
    initialise, rank_of, size_of, exchange, gather, broadcast, abort_all, finalise, explain,
};

const struct cmpi *cmpi_load(const char **reason) {
  static char why[512];
  for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) {
    // Its plug-ins look for its symbols among the global ones.
    library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
    // The first name's reason: the others are guesses.
    if (!library && i == 0) snprintf(why, sizeof why, "%s", dlerror());
  }
  if (!library) {
    *reason = why;
    return NULL;
  }
  missing = NULL;
#define FIND(function) call_##function = (__typeof__(&function))symbol(#function);
  FUNCTIONS(FIND)
  world = MPI_COMM_WORLD;
  byte = MPI_BYTE;
  errors_return = MPI_ERRORS_RETURN;
  if (!missing) return &functions;
  snprintf(why, sizeof why, "%s has no %s", names[0], missing);
  *reason = why;
  return NULL;
}

#endif
