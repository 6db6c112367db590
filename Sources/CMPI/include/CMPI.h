#pragma once

// The few functions of MPI that the communicator needs, on bytes, among all ranks. Each of them gives
// MPI's own status, 0 for success.
//
// The library is not linked but loaded when it is asked for: a program that runs as one rank starts
// without it, and starts on machines that have none.

struct cmpi {
  /// MPI_Init_thread: only the calling thread will call MPI. Errors are given back from here on, and a
  /// process that exits before `finalise` ends all ranks with its code.
  int (*_Nonnull initialise)(void);
  int (*_Nonnull rank)(int *_Nonnull rank);
  int (*_Nonnull size)(int *_Nonnull size);
  /// MPI_Alltoallv; the counts and offsets have an entry a rank.
  int (*_Nonnull exchange)(
      const void *_Nonnull sent, const int *_Nonnull sent_counts, const int *_Nonnull sent_offsets,
      void *_Nonnull received, const int *_Nonnull received_counts,
      const int *_Nonnull received_offsets);
  /// MPI_Allgatherv.
  int (*_Nonnull gather)(
      const void *_Nonnull sent, int sent_count, void *_Nonnull received,
      const int *_Nonnull received_counts, const int *_Nonnull received_offsets);
  /// MPI_Bcast from rank 0.
  int (*_Nonnull broadcast)(void *_Nonnull bytes, int count);
  /// MPI_Abort, within a bound of seconds and without its words. Does not return.
  void (*_Nonnull abort)(int code);
  /// MPI_Finalize, within a bound: where the others do not come for half a minute, all ranks end.
  int (*_Nonnull finalise)(void);
  /// What a status means: at most `capacity` bytes, with the zero at their end.
  void (*_Nonnull explain)(int status, char *_Nonnull text, int capacity);
};

/// Whether this was compiled where MPI's header was found.
int cmpi_is_built(void);

/// Loads MPI's library, the one that the header belonged to.
/// @return its functions; NULL where it cannot be loaded, and `reason` then says why, until the next
/// call. Not to be called by two threads at once.
const struct cmpi *_Nullable cmpi_load(const char *_Nullable *_Nonnull reason);
