import Audio
import Autograd

/// The first samples of a long signal at another rate, by all threads: `resample(_:from:to:path:)` on
/// stretches of ten seconds, each with as much around it as the filter sees. Stretches begin where
/// samples of both rates coincide, so that the result is that of the whole signal but for the
/// converter's rounding of positions.
/// - Parameter count: how many samples of the result, at most all.
package func resampled(
  _ samples: [Float], from: Int, to: Int, count: Int, path: String
) throws -> [Float] {
  if from == to { return Array(samples.prefix(count)) }
  let divisor = greatestCommonDivisor(from, to)
  let (unit, unitOut) = (from / divisor, to / divisor)
  let units = max(1, 10 * from / unit)
  // Half of the converter's filter is 143 samples of the lower rate.
  let margin = (256 * max(1, from / to) + 256 + unit - 1) / unit
  let stretches = (count + units * unitOut - 1) / (units * unitOut)
  var result = [Float](repeating: 0, count: count)
  var failures = [(any Error)?](repeating: nil, count: stretches)
  result.withUnsafeMutableBufferPointer { result in
    failures.withUnsafeMutableBufferPointer { failures in
      Crew.shared.forEach(stretches) { _, stretch in
        let first = max(0, stretch * units - margin)
        let end = min(samples.count, ((stretch + 1) * units + margin) * unit)
        let start = stretch * units * unitOut
        let length = min(count, start + units * unitOut) - start
        do {
          let part = try resample(
            Array(samples[first * unit..<end]), from: from, to: to, path: path)
          let skipped = start - first * unitOut
          for i in 0..<min(length, part.count - skipped) { result[start + i] = part[skipped + i] }
        } catch { failures[stretch] = error }
      }
    }
  }
  if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
  return result
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  b == 0 ? a : greatestCommonDivisor(b, a % b)
}
