// Loops that treat each element alike; the compiler vectorises them.

static void add(float *y, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

static void add_scaled(float *y, const float *x, float factor, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += factor * x[i];
}

static void multiply(float *y, const float *x, const float *z, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = x[i] * z[i];
}

static void add_product(float *y, const float *x, const float *z, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] += x[i] * z[i];
}

static void scale(float *y, float factor, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] *= factor;
}

static void clamp_negative(float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = y[i] < 0 ? 0 : y[i];
}

static void mask_gradient(float *dy, const float *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}

FN float float_of_bits(int32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}

FN int32_t bits_of_float(float value) {
  int32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return bits;
}

/// eˣ = 2ⁿ·eʳ with |r| ≤ ½·ln 2: n by rounding, eʳ by its Taylor series to r⁷, whose remainder is
/// below 6e-9; with float rounding the relative error stays below 2.5e-7. Infinite above 88.37, and
/// 1.2e-38 below −87.3.
FN float exponential(float x) {
  x = x > 89.0f ? 89.0f : x;
  x = x < -87.3f ? -87.3f : x;
  // Adding 1.5·2²³ leaves the rounded integer in the low bits.
  const float magic = 12582912.0f;
  float shifted = x * 1.44269504f + magic;
  float n = shifted - magic;
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  int32_t power = (bits_of_float(shifted) - bits_of_float(magic) + 127) << 23;
  return p * float_of_bits(power);
}

static void sigmoid(float *y, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = 1.0f / (1.0f + exponential(-x[i]));
}

static void sigmoid_gradient(
  float *dx, const float *dy, const float *y, int64_t count, int32_t adding
) {
  if (adding) {
    for (int64_t i = 0; i < count; i++) dx[i] += dy[i] * y[i] * (1.0f - y[i]);
  } else {
    for (int64_t i = 0; i < count; i++) dx[i] = dy[i] * y[i] * (1.0f - y[i]);
  }
}

/// ln x = e·ln 2 + 2·artanh(s), s = (m − 1)/(m + 1), for x = 2ᵉ·m with √½ ≤ m < √2: |s| < 0.172, and
/// the series to s⁹ leaves out less than 4e-10 of it.
FN float natural_logarithm(float x) {
  int32_t bits = bits_of_float(x) - 0x3f3504f3;  // less √½
  float e = (float)(bits >> 23);
  float m = float_of_bits((bits & 0x007fffff) + 0x3f3504f3);
  float s = (m - 1.0f) / (m + 1.0f);
  float q = s * s;
  float p = 2.0f / 9;
  p = p * q + 2.0f / 7;
  p = p * q + 2.0f / 5;
  p = p * q + 2.0f / 3;
  return e * 0.693359375f + (2.0f * s + (s * q * p - e * 2.12194440e-4f));
}

static void logarithm(float *y, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = natural_logarithm(x[i]);
}

static void difference(
  float *dx, const float *x, const float *z, float factor, int64_t count, int32_t adding
) {
  if (adding) {
    for (int64_t i = 0; i < count; i++) dx[i] += (x[i] - z[i]) * factor;
  } else {
    for (int64_t i = 0; i < count; i++) dx[i] = (x[i] - z[i]) * factor;
  }
}

static void fill_rows(
  float *y, const float *offset, const float *residual, int64_t rows, int64_t columns
) {
  for (int64_t r = 0; r < rows; r++, y += columns) {
    if (residual) {
      const float *row = residual + r * columns;
      for (int64_t c = 0; c < columns; c++) y[c] = row[c] + offset[c];
    } else {
      for (int64_t c = 0; c < columns; c++) y[c] = offset[c];
    }
  }
}

static void adamw(
  float *p, const float *g, float *m, float *v, struct adamw_step step, int64_t count
) {
  for (int64_t i = 0; i < count; i++) {
    float mean = m[i] + step.share1 * (g[i] - m[i]);
    float square = v[i] * step.keep2 + step.share2 * g[i] * g[i];
    m[i] = mean;
    v[i] = square;
    p[i] = p[i] * step.keep - step.rate * (mean / (square_root(square) / step.root + 1e-8f));
  }
}
