// Real frames as complex ones of half the length: even samples are real parts, odd ones imaginary.
// With Z the transform of those points, M their number, E = Z[k] + conj Z[M − k] and
// D = Z[k] − conj Z[M − k], twice the spectrum is X[k] = E − 𝐢·e^(−πik/M)·D and X[M − k] =
// conj(E + 𝐢·e^(−πik/M)·D).

typedef struct { vec re, im; } complex_vec;

/// A point's imaginary part follows its real part.
FN complex_vec load_point(const float *p) { return (complex_vec){load(p), load(p + 16)}; }

FN void store_point(float *p, complex_vec z) {
  store(p, z.re);
  store(p + 16, z.im);
}

/// The imaginary parts of all bins follow all real parts.
FN complex_vec load_bin(const struct fourier_plan *plan, const float *bins, int64_t k) {
  return (complex_vec){load(bins + k * 16), load(bins + (k + plan->count + 1) * 16)};
}

FN void store_bin(
  const struct fourier_plan *plan, float *bins, int64_t k, vec re, vec im
) {
  store(bins + k * 16, re);
  store(bins + (k + plan->count + 1) * 16, im);
}

/// Twice the bins k and M − k of the points at those places.
FN void part(complex_vec a, complex_vec b, float c, float s, complex_vec *low, complex_vec *high) {
  vec er = a.re + b.re, ei = a.im - b.im, dr = a.re - b.re, di = a.im + b.im;
  vec tr = di * c - dr * s, ti = -(dr * c) - di * s;
  *low = (complex_vec){er + tr, ei + ti};
  *high = (complex_vec){er - tr, ti - ei};
}

/// The points k and M − k of the bins at those places: `part` backwards.
FN void join(complex_vec a, complex_vec b, float c, float s, complex_vec *low, complex_vec *high) {
  vec er = a.re + b.re, ei = a.im - b.im, dr = a.re - b.re, di = a.im + b.im;
  vec tr = dr * c - di * s, ti = di * c + dr * s;
  *low = (complex_vec){er - ti, ei + tr};
  *high = (complex_vec){er + ti, tr - ei};
}

static void bins_of_points(const struct fourier_plan *plan, const float *points, float *bins) {
  const int32_t count = plan->count;
  for (int group = 0; group < 16; group += WIDTH) {
    complex_vec z = load_point(points + group);
    vec none = {0};
    store_bin(plan, bins + group, 0, z.re + z.im, none);
    store_bin(plan, bins + group, count, z.re - z.im, none);
  }
  for (int32_t k = 1; k <= count / 2; k++) {
    const float c = plan->half[2 * k], s = plan->half[2 * k + 1];
    for (int group = 0; group < 16; group += WIDTH) {
      complex_vec low, high;
      part(
        load_point(points + plan->place[k] * 32 + group),
        load_point(points + plan->place[count - k] * 32 + group), c, s, &low, &high);
      store_bin(plan, bins + group, k, low.re * 0.5f, low.im * 0.5f);
      store_bin(plan, bins + group, count - k, high.re * 0.5f, high.im * 0.5f);
    }
  }
}

static void points_of_bins(const struct fourier_plan *plan, const float *bins, float *points) {
  const int32_t count = plan->count;
  for (int group = 0; group < 16; group += WIDTH) {
    vec first = load(bins + group), last = load(bins + count * 16 + group);
    store_point(points + group, (complex_vec){first + last, first - last});
  }
  for (int32_t k = 1; k <= count / 2; k++) {
    const float c = plan->half[2 * k], s = plan->half[2 * k + 1];
    for (int group = 0; group < 16; group += WIDTH) {
      complex_vec low, high;
      join(
        load_bin(plan, bins + group, k), load_bin(plan, bins + group, count - k), c, s, &low,
        &high);
      store_point(points + plan->place[k] * 32 + group, low);
      store_point(points + plan->place[count - k] * 32 + group, high);
    }
  }
}

/// Bin k of a·x + b·z.
FN complex_vec mixed_bin(
  const struct fourier_plan *plan, const struct band_expansion *e, const float *masks, const float *x, const float *z, int64_t k
) {
  const float *first = masks + e->first[k] * 16, *second = masks + e->second[k] * 16;
  const int64_t other = (int64_t)e->bands * 16;
  vec a = load(first) * e->weight[k] + load(second) * e->other[k];
  vec b = load(first + other) * e->weight[k] + load(second + other) * e->other[k];
  complex_vec u = load_bin(plan, x, k), v = load_bin(plan, z, k);
  return (complex_vec){u.re * a + v.re * b, u.im * a + v.im * b};
}

static void mix_points(
  const struct fourier_plan *plan, const struct band_expansion *e, const float *masks,
  const float *x, const float *z, float *points
) {
  const int32_t count = plan->count;
  for (int g = 0; g < 16; g += WIDTH) {
    vec first = mixed_bin(plan, e, masks + g, x + g, z + g, 0).re;
    vec last = mixed_bin(plan, e, masks + g, x + g, z + g, count).re;
    store_point(points + g, (complex_vec){first + last, first - last});
  }
  for (int32_t k = 1; k <= count / 2; k++) {
    const float c = plan->half[2 * k], s = plan->half[2 * k + 1];
    for (int g = 0; g < 16; g += WIDTH) {
      complex_vec low, high;
      join(
        mixed_bin(plan, e, masks + g, x + g, z + g, k),
        mixed_bin(plan, e, masks + g, x + g, z + g, count - k), c, s, &low, &high);
      store_point(points + plan->place[k] * 32 + g, low);
      store_point(points + plan->place[count - k] * 32 + g, high);
    }
  }
}

/// The gradient of both masks of bin k, where the bin's own is y, given to its bands.
FN void add_mask_gradient(
  const struct fourier_plan *plan, const struct band_expansion *e, complex_vec y, const float *x,
  const float *z, int64_t k, float *dmasks
) {
  complex_vec u = load_bin(plan, x, k), v = load_bin(plan, z, k);
  vec a = y.re * u.re + y.im * u.im, b = y.re * v.re + y.im * v.im;
  float *first = dmasks + e->first[k] * 16, *second = dmasks + e->second[k] * 16;
  const int64_t other = (int64_t)e->bands * 16;
  store(first, load(first) + a * e->weight[k]);
  store(second, load(second) + a * e->other[k]);
  store(first + other, load(first + other) + b * e->weight[k]);
  store(second + other, load(second + other) + b * e->other[k]);
}

static void mix_gradient(
  const struct fourier_plan *plan, const struct band_expansion *e, const float *points,
  const float *x, const float *z, float *dmasks
) {
  const int32_t count = plan->count;
  for (int64_t i = 0; i < 2 * (int64_t)e->bands * 16; i++) dmasks[i] = 0;
  vec none = {0};
  // Bins between the first and the last stand for their conjugates too: they count twice, as `part`
  // gives them.
  for (int g = 0; g < 16; g += WIDTH) {
    complex_vec p = load_point(points + g);
    add_mask_gradient(plan, e, (complex_vec){p.re + p.im, none}, x + g, z + g, 0, dmasks + g);
    add_mask_gradient(plan, e, (complex_vec){p.re - p.im, none}, x + g, z + g, count, dmasks + g);
  }
  for (int32_t k = 1; k <= count / 2; k++) {
    const float c = plan->half[2 * k], s = plan->half[2 * k + 1];
    for (int g = 0; g < 16; g += WIDTH) {
      complex_vec low, high;
      part(
        load_point(points + plan->place[k] * 32 + g),
        load_point(points + plan->place[count - k] * 32 + g), c, s, &low, &high);
      add_mask_gradient(plan, e, low, x + g, z + g, k, dmasks + g);
      if (k != count - k) add_mask_gradient(plan, e, high, x + g, z + g, count - k, dmasks + g);
    }
  }
}
