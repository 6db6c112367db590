#include "kernels.h"
#if defined(__x86_64__)
#pragma clang attribute push( \
  __attribute__((target("avx2,avx512f,avx512vl,avx512bw,avx512dq"))), apply_to = function)
#define WIDTH 16
#define TABLE kernels_avx512_table
#include "bodies/vectors.h"
#include "bodies/table.h"
#pragma clang attribute pop
#endif
