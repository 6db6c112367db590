// Fourier transforms of sixteen frames at once. A point is 16 real parts, then 16 imaginary parts, and
// every loop treats the sixteen lanes alike, WIDTH of them at a time.

static void transpose(
  float *y, int64_t y_stride, const float *x, int64_t x_stride, int64_t rows, int64_t columns
) {
  int64_t r = 0;
  for (; r + WIDTH <= rows; r += WIDTH) {
    int64_t c = 0;
    for (; c + WIDTH <= columns; c += WIDTH) {
      vec square[WIDTH];
      for (int i = 0; i < WIDTH; i++) square[i] = load(x + (r + i) * x_stride + c);
      transpose_square(square);
      for (int i = 0; i < WIDTH; i++) store(y + (c + i) * y_stride + r, square[i]);
    }
    for (; c < columns; c++) {
      for (int i = 0; i < WIDTH; i++) y[c * y_stride + r + i] = x[(r + i) * x_stride + c];
    }
  }
  for (; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) y[c * y_stride + r] = x[r * x_stride + c];
  }
}

static void rows_to_lanes(float *lanes, const float *const *rows, int64_t count) {
  int64_t n = 0;
  for (; n + WIDTH <= count; n += WIDTH) {
    for (int group = 0; group < 16; group += WIDTH) {
      vec square[WIDTH];
      for (int i = 0; i < WIDTH; i++) square[i] = load(rows[group + i] + n);
      transpose_square(square);
      for (int i = 0; i < WIDTH; i++) store(lanes + (n + i) * 16 + group, square[i]);
    }
  }
  for (; n < count; n++) {
    for (int i = 0; i < 16; i++) lanes[n * 16 + i] = rows[i][n];
  }
}

static void lanes_to_rows(float *const *rows, const float *lanes, int64_t count) {
  int64_t n = 0;
  for (; n + WIDTH <= count; n += WIDTH) {
    for (int group = 0; group < 16; group += WIDTH) {
      vec square[WIDTH];
      for (int i = 0; i < WIDTH; i++) square[i] = load(lanes + (n + i) * 16 + group);
      transpose_square(square);
      for (int i = 0; i < WIDTH; i++) store(rows[group + i] + n, square[i]);
    }
  }
  for (; n < count; n++) {
    for (int i = 0; i < 16; i++) rows[i][n] = lanes[n * 16 + i];
  }
}

static void load_frames(
  const struct fourier_plan *plan, float *points, const float *samples, int64_t hop,
  const float *window
) {
  for (int64_t n = 0; n < 2 * plan->count; n += WIDTH) {
    vec w = load(window + n);
    for (int group = 0; group < 16; group += WIDTH) {
      vec square[WIDTH];
      for (int i = 0; i < WIDTH; i++) square[i] = load(samples + (group + i) * hop + n) * w;
      transpose_square(square);
      // Sample n is the real part of point n/2 if n is even, else its imaginary part.
      for (int i = 0; i < WIDTH; i++) store(points + (n + i) * 16 + group, square[i]);
    }
  }
}

static void add_frames(
  const struct fourier_plan *plan, const float *points, float *samples, int64_t hop,
  const float *window
) {
  // From the end back, so that a sample gets its frames in their order, whatever WIDTH is.
  for (int64_t n = 2 * plan->count - WIDTH; n >= 0; n -= WIDTH) {
    vec w = load(window + n);
    for (int group = 0; group < 16; group += WIDTH) {
      vec square[WIDTH];
      for (int i = 0; i < WIDTH; i++) square[i] = load(points + (n + i) * 16 + group);
      transpose_square(square);
      for (int i = 0; i < WIDTH; i++) {
        float *target = samples + (group + i) * hop + n;
        store(target, load(target) + square[i] * w);
      }
    }
  }
}

/// In place, r + i·𝐢 for two points: (a, b) ← (a + b, a − b).
#define BUTTERFLY(a, b) \
  do { \
    vec ar = re[a], ai = im[a]; \
    re[a] = ar + re[b], im[a] = ai + im[b]; \
    re[b] = ar - re[b], im[b] = ai - im[b]; \
  } while (0)

/// The point times −𝐢.
#define QUARTER_TURN(a) \
  do { \
    vec r = re[a]; \
    re[a] = im[a], im[a] = -r; \
  } while (0)

/// Fourier transforms of 2, 4 and 8 points, e^(−…), results in the order of bits reversed. With re and
/// im swapped they are the inverse ones.
FN void transform2(vec *re, vec *im) { BUTTERFLY(0, 1); }

FN void transform4(vec *re, vec *im) {
  BUTTERFLY(0, 2);
  BUTTERFLY(1, 3);
  QUARTER_TURN(3);
  BUTTERFLY(0, 1);
  BUTTERFLY(2, 3);
}

FN void transform8(vec *re, vec *im) {
  const float root = 0.70710678118654752f;
  BUTTERFLY(0, 4);
  BUTTERFLY(1, 5);
  BUTTERFLY(2, 6);
  BUTTERFLY(3, 7);
  vec r = re[5], i = im[5];
  re[5] = (r + i) * root, im[5] = (i - r) * root;
  QUARTER_TURN(6);
  r = re[7], i = im[7];
  re[7] = (i - r) * root, im[7] = (r + i) * -root;
  transform4(re, im);
  transform4(re + 4, im + 4);
}

FN void transform_small(int radix, vec *re, vec *im) {
  if (radix == 8) transform8(re, im);
  else if (radix == 4) transform4(re, im);
  else transform2(re, im);
}

/// Where frequency q of a small transform stands.
FN int reversed(int radix, int q) {
  if (radix == 8) return (q & 1) << 2 | (q & 2) | q >> 2;
  return radix == 4 ? (q & 1) << 1 | q >> 1 : q;
}

/// One pass over sub-transforms of `length` points: forward by decimation in frequency (transform,
/// then turn), inverse by decimation in time (turn back, then transform).
FN void pass(
  float *points, int64_t count, int64_t length, const float *twiddles, int radix, int inverse
) {
  const int64_t step = length / radix;
  for (int64_t start = 0; start < count; start += length) {
    const float *w = twiddles;
    for (int64_t j = 0; j < step; j++, w += 2 * (radix - 1)) {
      float *first = points + (start + j) * 32;
      for (int group = 0; group < 16; group += WIDTH) {
        vec re[8], im[8];
#pragma clang loop unroll(full)
        for (int q = 0; q < radix; q++) {
          vec r = load(first + q * step * 32 + group), i = load(first + q * step * 32 + 16 + group);
          if (inverse && q > 0) {
            float c = w[2 * q - 2], s = w[2 * q - 1];
            vec turned = r * c + i * s;
            i = i * c - r * s;
            r = turned;
          }
          re[q] = r, im[q] = i;
        }
        if (inverse) transform_small(radix, im, re);
        else transform_small(radix, re, im);
#pragma clang loop unroll(full)
        for (int q = 0; q < radix; q++) {
          vec r = re[reversed(radix, q)], i = im[reversed(radix, q)];
          if (!inverse && q > 0) {
            float c = w[2 * q - 2], s = w[2 * q - 1];
            vec turned = r * c - i * s;
            i = i * c + r * s;
            r = turned;
          }
          store(first + q * step * 32 + group, r);
          store(first + q * step * 32 + 16 + group, i);
        }
      }
    }
  }
}

#define PASS(radix, inverse) pass(points, plan->count, length, twiddles, radix, inverse)

static void forward(const struct fourier_plan *plan, float *points) {
  int64_t length = plan->count;
  const float *twiddles = plan->twiddles;
  for (int32_t p = 0; p < plan->passes; p++) {
    int32_t radix = plan->radix[p];
    if (radix == 8) PASS(8, 0);
    else if (radix == 4) PASS(4, 0);
    else PASS(2, 0);
    twiddles += 2 * (radix - 1) * (length / radix);
    length /= radix;
  }
}

static void inverse(const struct fourier_plan *plan, float *points) {
  const float *twiddles = plan->twiddles;
  int64_t length = plan->count;
  for (int32_t p = 0; p < plan->passes; p++) {
    twiddles += 2 * (plan->radix[p] - 1) * (length / plan->radix[p]);
    length /= plan->radix[p];
  }
  for (int32_t p = plan->passes - 1; p >= 0; p--) {
    int32_t radix = plan->radix[p];
    length *= radix;
    twiddles -= 2 * (radix - 1) * (length / radix);
    if (radix == 8) PASS(8, 1);
    else if (radix == 4) PASS(4, 1);
    else PASS(2, 1);
  }
}
