#include "kernels.h"
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define WIDTH 8
#define TABLE kernels_avx2_table
#include "bodies/vectors.h"
#include "bodies/table.h"
#pragma clang attribute pop
#endif
