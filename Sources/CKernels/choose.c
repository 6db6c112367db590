#include "kernels.h"

#include <stddef.h>

extern const struct kernels kernels_baseline_table;

#if defined(__x86_64__)
extern const struct kernels kernels_avx2_table, kernels_avx512_table;

const struct kernels *kernels_of_level(enum kernel_level level) {
  __builtin_cpu_init();
  switch (level) {
  case kernel_baseline:
    return &kernels_baseline_table;
  case kernel_avx2:
    return __builtin_cpu_supports("avx2") ? &kernels_avx2_table : NULL;
  case kernel_avx512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
      ? &kernels_avx512_table : NULL;
  }
  return NULL;
}
#else
const struct kernels *kernels_of_level(enum kernel_level level) {
  return level == kernel_baseline ? &kernels_baseline_table : NULL;
}
#endif

const struct kernels *kernels_of_machine(void) {
  for (int level = kernel_avx512; level > kernel_baseline; level--) {
    const struct kernels *found = kernels_of_level((enum kernel_level)level);
    if (found) return found;
  }
  return &kernels_baseline_table;
}
