/// The inner loops of the operations, once for each instruction set.
///
/// Every set gives the same bits: nothing is contracted to fused multiply-adds, sums run in sixteen
/// fixed lanes, and the loops over frames compute each lane alike. All counts are of floats.
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// Frames that are transformed side by side. "Lanes" below means a run of sixteen floats, one a frame.
enum { kernel_lanes = 16 };

/// A complex Fourier transform of `count` points, kept as passes of radix 8, 4 or 2.
///
/// A point is the lanes of its real part, then those of its imaginary part. The forward transform
/// leaves frequency k at point place[k]; the inverse one reads it there.
struct fourier_plan {
  int32_t count;
  int32_t passes;
  const int32_t *radix;
  /// For pass p over sub-transforms of length L: L/radix × (radix − 1) factors e^(−2πi·j·q/L), as
  /// cosine and sine; all passes one after another.
  const float *twiddles;
  const int32_t *place;
  /// cos and sin of 2πk/(2·count) for k = 0…count/2, which part two real halves.
  const float *half;
};

/// From bands to bins: bin k is weight[k]·band[first[k]] + other[k]·band[second[k]].
struct band_expansion {
  int32_t bands;
  const int32_t *first;
  const int32_t *second;
  const float *weight;
  const float *other;
};

/// From many bins to a few bands: band b is Σ weights[start[b] + i]·bin[first[b] + i], for i below
/// start[b + 1] − start[b].
struct band_filters {
  int32_t bands;
  const int32_t *first;
  const int32_t *start;
  const float *weights;
};

/// AdamW's constants of one step.
struct adamw_step {
  float share1, keep2, share2, root, keep, rate;
};

struct kernels {
  // MARK: Element by element
  /// y += x
  void (*add)(float *y, const float *x, int64_t count);
  /// y += factor·x
  void (*add_scaled)(float *y, const float *x, float factor, int64_t count);
  /// y = x·z
  void (*multiply)(float *y, const float *x, const float *z, int64_t count);
  /// y += x·z
  void (*add_product)(float *y, const float *x, const float *z, int64_t count);
  /// y *= factor
  void (*scale)(float *y, float factor, int64_t count);
  /// y = 0 where y < 0; NaN stays.
  void (*clamp_negative)(float *y, int64_t count);
  /// dy = 0 where y is not above 0.
  void (*mask_gradient)(float *dy, const float *y, int64_t count);
  /// y = 1/(1 + e⁻ˣ)
  void (*sigmoid)(float *y, const float *x, int64_t count);
  /// dx (+)= dy·y·(1 − y)
  void (*sigmoid_gradient)(
    float *dx, const float *dy, const float *y, int64_t count, int32_t adding);
  /// y = ln x, for positive normal x.
  void (*logarithm)(float *y, const float *x, int64_t count);
  /// dx (+)= (x − z)·factor
  void (*difference)(
    float *dx, const float *x, const float *z, float factor, int64_t count, int32_t adding);
  /// y = offset for every row, plus the rows of `residual` where it is not null.
  void (*fill_rows)(
    float *y, const float *offset, const float *_Nullable residual, int64_t rows, int64_t columns);
  /// One step of AdamW on p with gradients g and moments m and v.
  void (*adamw)(
    float *p, const float *g, float *m, float *v, struct adamw_step step, int64_t count);

  // MARK: Sums
  float (*sum)(const float *x, int64_t count);
  /// Σ (x − z)², added up in double every 4096 elements.
  double (*squared_distance)(const float *x, const float *z, int64_t count);
  /// Σ x², all of it in double.
  double (*squared_norm)(const float *x, int64_t count);
  /// max |x|, and the first index that has it.
  float (*peak)(const float *x, int64_t count, int64_t *index);
  /// y += Σ rows, for `columns` of rows that are `stride` apart.
  void (*add_rows)(
    float *y, const float *x, int64_t rows, int64_t columns, int64_t stride);

  // MARK: Layer normalisation
  /// y = γ·(x − mean)·inverse + β for every row, where inverse = 1/√(variance + 1e-5); `moments`
  /// receives mean and inverse of every row.
  void (*normalise)(
    float *y, float *moments, const float *x, const float *scale, const float *shift, int64_t rows,
    int64_t columns);
  /// The gradient of `normalise`: dx (+)= …, and dscale and dshift of these rows, overwritten.
  void (*normalise_gradient)(
    float *_Nullable dx, float *dscale, float *dshift, const float *dy, const float *x,
    const float *moments, const float *scale, int64_t rows, int64_t columns, int32_t adding);

  // MARK: Transposition
  /// y[c·y_stride + r] = x[r·x_stride + c] for r < rows, c < columns.
  void (*transpose)(
    float *y, int64_t y_stride, const float *x, int64_t x_stride, int64_t rows, int64_t columns);
  /// lanes[n] = (rows[0][n], rows[1][n], …) for n < count.
  void (*rows_to_lanes)(float *lanes, const float *_Nonnull const *_Nonnull rows, int64_t count);
  /// The way back.
  void (*lanes_to_rows)(float *_Nonnull const *_Nonnull rows, const float *lanes, int64_t count);

  // MARK: Fourier transforms of sixteen frames; `points` is plan.count × 2 lanes
  /// Frame f is samples[f·hop + n]·window[n], n < 2·count: even samples become real parts.
  void (*load_frames)(
    const struct fourier_plan *plan, float *points, const float *samples, int64_t hop,
    const float *window);
  /// samples[f·hop + n] += window[n]·(sample n of frame f).
  void (*add_frames)(
    const struct fourier_plan *plan, const float *points, float *samples, int64_t hop,
    const float *window);
  void (*forward)(const struct fourier_plan *plan, float *points);
  /// Without the factor 1/count.
  void (*inverse)(const struct fourier_plan *plan, float *points);
  /// The spectrum of real frames from their points: the lanes of the real parts of all count + 1 bins,
  /// then those of the imaginary parts.
  void (*bins_of_points)(const struct fourier_plan *plan, const float *points, float *bins);
  /// The points whose inverse transform is Σ over all 2·count bins, the upper ones being conjugates
  /// of the lower ones; imaginary parts of the first and last bin are not read.
  void (*points_of_bins)(const struct fourier_plan *plan, const float *bins, float *points);

  // MARK: The mix of two spectra, fused with the parting and joining of real frames
  /// points_of_bins(a·x + b·z), where a and b are the two expanded masks: 2 × bands lanes.
  void (*mix_points)(
    const struct fourier_plan *plan, const struct band_expansion *expansion, const float *masks,
    const float *x, const float *z, float *points);
  /// dmasks = the gradient of `mix_points` and the inverse transform, given the forward transform of
  /// the frames' gradient.
  void (*mix_gradient)(
    const struct fourier_plan *plan, const struct band_expansion *expansion, const float *points,
    const float *x, const float *z, float *dmasks);

  // MARK: Distances of spectra. A spectrum's gradient overwrites it, that of bins which stand for their
  // conjugates too halved: `points_of_bins` and the inverse transform then give that of the frames.
  /// With the magnitudes a = √(|x|² + floor) and b of z, three lanes of sums over the bins: (a − b)²,
  /// b² and |ln a − ln b|.
  void (*compare_magnitudes)(
    const struct fourier_plan *plan, const float *x, const float *z, float floor, float *sums);
  /// x = the gradient with respect to x of linear·½·Σ (a − b)² + logarithmic·Σ |ln a − ln b|.
  void (*compare_magnitudes_gradient)(
    const struct fourier_plan *plan, float *x, const float *z, float floor, float linear,
    float logarithmic);
  /// bands = the filtered powers |x|², in lanes.
  void (*band_powers)(
    const struct fourier_plan *plan, const struct band_filters *filters, const float *x,
    float *bands);
  /// x = the gradient of `band_powers`, given that of the bands. `powers` is room for a lane a bin.
  void (*band_powers_gradient)(
    const struct fourier_plan *plan, const struct band_filters *filters, const float *dbands,
    float *powers, float *x);
};

/// Instruction sets, by what is wider.
enum kernel_level { kernel_baseline = 0, kernel_avx2 = 1, kernel_avx512 = 2 };

/// The kernels of a level, or null where this processor has no such instructions.
const struct kernels *_Nullable kernels_of_level(enum kernel_level level);
/// The widest kernels that this processor can run.
const struct kernels *kernels_of_machine(void);

#pragma clang assume_nonnull end
#endif
