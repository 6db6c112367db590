// Distances of the spectra of sixteen frames, and what they are measured on.

static void compare_magnitudes(
  const struct fourier_plan *plan, const float *x, const float *z, float floor, float *sums
) {
  const int64_t bins = plan->count + 1;
  for (int lane = 0; lane < 48; lane++) sums[lane] = 0;
  for (int64_t k = 0; k < bins; k++) {
    for (int lane = 0; lane < 16; lane++) {
      const int64_t re = k * 16 + lane, im = (k + bins) * 16 + lane;
      float p = x[re] * x[re] + x[im] * x[im] + floor, q = z[re] * z[re] + z[im] * z[im] + floor;
      float d = square_root(p) - square_root(q);
      sums[lane] += d * d;
      sums[lane + 16] += q;
      sums[lane + 32] += 0.5f * __builtin_fabsf(natural_logarithm(p) - natural_logarithm(q));
    }
  }
}

static void compare_magnitudes_gradient(
  const struct fourier_plan *plan, float *x, const float *z, float floor, float linear,
  float logarithmic
) {
  const int64_t bins = plan->count + 1;
  for (int64_t k = 0; k < bins; k++) {
    const float share = k == 0 || k == bins - 1 ? 1.0f : 0.5f;
    for (int lane = 0; lane < 16; lane++) {
      const int64_t re = k * 16 + lane, im = (k + bins) * 16 + lane;
      float p = x[re] * x[re] + x[im] * x[im] + floor, q = z[re] * z[re] + z[im] * z[im] + floor;
      float a = square_root(p), b = square_root(q);
      float sign = p > q ? 1.0f : p < q ? -1.0f : 0.0f;
      // da/dre = re/a, d ln a/dre = re/p
      float factor = share * (linear * (a - b) / a + logarithmic * sign / p);
      x[re] *= factor;
      x[im] *= factor;
    }
  }
}

static void band_powers(
  const struct fourier_plan *plan, const struct band_filters *filters, const float *x, float *bands
) {
  const int64_t bins = plan->count + 1;
  for (int32_t b = 0; b < filters->bands; b++) {
    const float *w = filters->weights + filters->start[b];
    const int32_t count = filters->start[b + 1] - filters->start[b];
    const float *re = x + filters->first[b] * 16, *im = re + bins * 16;
    float total[16] = {0};
    for (int32_t i = 0; i < count; i++) {
      for (int lane = 0; lane < 16; lane++) {
        float r = re[i * 16 + lane], s = im[i * 16 + lane];
        total[lane] += w[i] * (r * r + s * s);
      }
    }
    for (int lane = 0; lane < 16; lane++) bands[b * 16 + lane] = total[lane];
  }
}

static void band_powers_gradient(
  const struct fourier_plan *plan, const struct band_filters *filters, const float *dbands,
  float *powers, float *x
) {
  const int64_t bins = plan->count + 1;
  for (int64_t i = 0; i < bins * 16; i++) powers[i] = 0;
  for (int32_t b = 0; b < filters->bands; b++) {
    const float *w = filters->weights + filters->start[b];
    const int32_t count = filters->start[b + 1] - filters->start[b];
    float *target = powers + filters->first[b] * 16;
    for (int32_t i = 0; i < count; i++) {
      for (int lane = 0; lane < 16; lane++) {
        target[i * 16 + lane] += w[i] * dbands[b * 16 + lane];
      }
    }
  }
  // d|x|²/dre = 2·re, halved for all bins but the first and the last.
  for (int64_t k = 0; k < bins; k++) {
    const float share = k == 0 || k == bins - 1 ? 2.0f : 1.0f;
    for (int lane = 0; lane < 16; lane++) {
      x[k * 16 + lane] *= share * powers[k * 16 + lane];
      x[(k + bins) * 16 + lane] *= share * powers[k * 16 + lane];
    }
  }
}
