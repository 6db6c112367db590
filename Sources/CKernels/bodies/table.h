// The kernels of one instruction set: the including file says which by WIDTH and TABLE, and by the
// target attribute around it.
#include "elements.h"
#include "distances.h"
#include "fourier.h"
#include "spectra.h"
#include "sums.h"

const struct kernels TABLE = {
  .add = add,
  .add_scaled = add_scaled,
  .multiply = multiply,
  .add_product = add_product,
  .scale = scale,
  .clamp_negative = clamp_negative,
  .mask_gradient = mask_gradient,
  .sigmoid = sigmoid,
  .sigmoid_gradient = sigmoid_gradient,
  .logarithm = logarithm,
  .difference = difference,
  .fill_rows = fill_rows,
  .adamw = adamw,
  .sum = sum,
  .squared_distance = squared_distance,
  .squared_norm = squared_norm,
  .peak = peak,
  .add_rows = add_rows,
  .normalise = normalise,
  .normalise_gradient = normalise_gradient,
  .transpose = transpose,
  .rows_to_lanes = rows_to_lanes,
  .lanes_to_rows = lanes_to_rows,
  .load_frames = load_frames,
  .add_frames = add_frames,
  .forward = forward,
  .inverse = inverse,
  .bins_of_points = bins_of_points,
  .points_of_bins = points_of_bins,
  .mix_points = mix_points,
  .mix_gradient = mix_gradient,
  .compare_magnitudes = compare_magnitudes,
  .compare_magnitudes_gradient = compare_magnitudes_gradient,
  .band_powers = band_powers,
  .band_powers_gradient = band_powers_gradient,
};
