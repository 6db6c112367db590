// Sums in sixteen fixed lanes, and what is made of them.

static float sum(const float *x, int64_t count) {
  sums s = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) s += load_sums(x + i);
  float result = total(s);
  for (; i < count; i++) result += x[i];
  return result;
}

static double squared_distance(const float *x, const float *z, int64_t count) {
  double result = 0;
  for (int64_t start = 0; start < count; start += 4096) {
    int64_t end = start + 4096 < count ? start + 4096 : count;
    sums s = {0};
    int64_t i = start;
    for (; i + 16 <= end; i += 16) {
      sums d = load_sums(x + i) - load_sums(z + i);
      s += d * d;
    }
    float rest = 0;
    for (; i < end; i++) rest += (x[i] - z[i]) * (x[i] - z[i]);
    result += (double)total(s) + (double)rest;
  }
  return result;
}

static double squared_norm(const float *x, int64_t count) {
  typedef float narrow __attribute__((vector_size(32), aligned(4)));
  typedef double wide __attribute__((vector_size(64)));
  wide a = {0}, b = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    wide u = __builtin_convertvector(*(const narrow *)(x + i), wide);
    wide v = __builtin_convertvector(*(const narrow *)(x + i + 8), wide);
    a += u * u;
    b += v * v;
  }
  a += b;
  double result = ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
  for (; i < count; i++) result += (double)x[i] * (double)x[i];
  return result;
}

/* The larger of two magnitudes; a NaN wins, and stays. */
static inline float larger(float best, float magnitude) {
  return best >= magnitude || best != best ? best : magnitude;
}

static float peak(const float *x, int64_t count, int64_t *index) {
  float best[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int lane = 0; lane < 16; lane++) {
      float magnitude = __builtin_fabsf(x[i + lane]);
      best[lane] = larger(best[lane], magnitude);
    }
  }
  float result = 0;
  for (int lane = 0; lane < 16; lane++) result = larger(result, best[lane]);
  for (; i < count; i++) {
    float magnitude = __builtin_fabsf(x[i]);
    result = larger(result, magnitude);
  }
  *index = 0;
  for (i = 0; i < count; i++) {
    if (__builtin_fabsf(x[i]) == result) {
      *index = i;
      break;
    }
  }
  return result;
}

static void add_rows(float *y, const float *x, int64_t rows, int64_t columns, int64_t stride) {
  int64_t c = 0;
  for (; c + 32 <= columns; c += 32) {
    sums a = {0}, b = {0};
    for (int64_t r = 0; r < rows; r++) {
      a += load_sums(x + r * stride + c);
      b += load_sums(x + r * stride + c + 16);
    }
    *(sums_anywhere *)(y + c) += a;
    *(sums_anywhere *)(y + c + 16) += b;
  }
  for (; c < columns; c++) {
    float s = 0;
    for (int64_t r = 0; r < rows; r++) s += x[r * stride + c];
    y[c] += s;
  }
}

static void normalise(
  float *y, float *moments, const float *x, const float *scale, const float *shift, int64_t rows,
  int64_t columns
) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    float mean = sum(x, columns) / (float)columns;
    sums s = {0};
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16) {
      sums d = load_sums(x + i) - mean;
      s += d * d;
    }
    float squares = total(s);
    for (; i < columns; i++) squares += (x[i] - mean) * (x[i] - mean);
    float inverse = 1.0f / square_root(squares / (float)columns + 1e-5f);
    moments[2 * r] = mean;
    moments[2 * r + 1] = inverse;
    for (i = 0; i < columns; i++) y[i] = (x[i] - mean) * inverse * scale[i] + shift[i];
  }
}

static void normalise_gradient(
  float *dx, float *dscale, float *dshift, const float *dy, const float *x, const float *moments,
  const float *scale, int64_t rows, int64_t columns, int32_t adding
) {
  for (int64_t i = 0; i < columns; i++) dscale[i] = dshift[i] = 0;
  for (int64_t r = 0; r < rows; r++, x += columns, dy += columns) {
    float mean = moments[2 * r], inverse = moments[2 * r + 1];
    // n is the normalised row, d its gradient.
    sums ofD = {0}, ofDN = {0};
    int64_t i = 0;
    for (; i + 16 <= columns; i += 16) {
      sums g = load_sums(dy + i), n = (load_sums(x + i) - mean) * inverse;
      *(sums_anywhere *)(dscale + i) += g * n;
      *(sums_anywhere *)(dshift + i) += g;
      sums d = g * load_sums(scale + i);
      ofD += d;
      ofDN += d * n;
    }
    float meanD = total(ofD), meanDN = total(ofDN);
    for (; i < columns; i++) {
      float n = (x[i] - mean) * inverse, d = dy[i] * scale[i];
      dscale[i] += dy[i] * n;
      dshift[i] += dy[i];
      meanD += d;
      meanDN += d * n;
    }
    if (!dx) continue;
    meanD /= (float)columns;
    meanDN /= (float)columns;
    // dx = (d − mean d − n·mean(d·n))/σ
    if (adding) {
      for (i = 0; i < columns; i++) {
        float n = (x[i] - mean) * inverse;
        dx[i] += (dy[i] * scale[i] - meanD - n * meanDN) * inverse;
      }
    } else {
      for (i = 0; i < columns; i++) {
        float n = (x[i] - mean) * inverse;
        dx[i] = (dy[i] * scale[i] - meanD - n * meanDN) * inverse;
      }
    }
    dx += columns;
  }
}
