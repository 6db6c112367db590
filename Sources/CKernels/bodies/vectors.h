// Vectors of WIDTH floats, which the including file sets to what its instructions hold.
#pragma STDC FP_CONTRACT OFF
// Vectors are passed to functions that are always inlined: no calling convention is concerned.
#pragma clang diagnostic ignored "-Wpsabi"

#define FN static inline __attribute__((always_inline))

/// A register's worth, and the same at any address.
typedef float vec __attribute__((vector_size(4 * WIDTH)));
typedef float vec_anywhere __attribute__((vector_size(4 * WIDTH), aligned(4)));

/// Sixteen running sums: as many on every machine, or the sums would differ.
typedef float sums __attribute__((vector_size(64)));
typedef float sums_anywhere __attribute__((vector_size(64), aligned(4)));

FN vec load(const float *p) { return *(const vec_anywhere *)p; }
FN void store(float *p, vec v) { *(vec_anywhere *)p = v; }
FN sums load_sums(const float *p) { return *(const sums_anywhere *)p; }

/// sqrtf may set errno, which would forbid a vector of roots.
FN float square_root(float x) { return __builtin_elementwise_sqrt(x); }

FN float total(sums s) {
  typedef float eight __attribute__((vector_size(32)));
  typedef float four __attribute__((vector_size(16)));
  eight a = __builtin_shufflevector(s, s, 0, 1, 2, 3, 4, 5, 6, 7)
    + __builtin_shufflevector(s, s, 8, 9, 10, 11, 12, 13, 14, 15);
  four b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[2]) + (b[1] + b[3]);
}

#if WIDTH == 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif WIDTH == 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif

/// Transposes WIDTH × WIDTH floats: each round of interleaving the first half of the rows with the
/// second half rotates the bits of an element's index by one.
FN void transpose_square(vec row[WIDTH]) {
  for (int round = 1; round < WIDTH; round *= 2) {
    vec next[WIDTH];
#pragma clang loop unroll(full)
    for (int i = 0; i < WIDTH / 2; i++) {
      next[2 * i] = __builtin_shufflevector(row[i], row[i + WIDTH / 2], LOW);
      next[2 * i + 1] = __builtin_shufflevector(row[i], row[i + WIDTH / 2], HIGH);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < WIDTH; i++) row[i] = next[i];
  }
}
