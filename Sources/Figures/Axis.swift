import Foundation

/// One axis of a plot: what it shows, from where to where, linear or logarithmic.
public struct Axis: Sendable, Equatable {
  /// How values are spread along the axis.
  public enum Scale: Sendable { case linear, logarithmic }

  /// The quantity with its unit, as in `time, s`.
  public let title: String
  /// The values at both ends.
  public let range: ClosedRange<Double>
  /// How values are spread.
  public let scale: Scale
  /// The values that are marked and labelled.
  public let ticks: [Double]

  /// An axis. A range without extent is widened by 1; the range of a logarithmic axis must be above
  /// zero. Ticks are multiples of 1, 2 or 5 times a power of ten where none are given.
  public init(
    _ title: String, _ range: ClosedRange<Double>, scale: Scale = .linear, ticks: [Double]? = nil
  ) {
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite)
    precondition(scale == .linear || range.lowerBound > 0)
    let isExtended = range.upperBound > range.lowerBound
    self.title = title
    self.range = isExtended ? range : range.lowerBound...range.lowerBound + 1
    self.scale = scale
    self.ticks = ticks ?? (scale == .linear ? evenTicks(self.range) : decadeTicks(self.range))
  }

  /// Where a value lies: 0 at the lower end of the axis, 1 at the upper, beyond these outside of it,
  /// at most by one axis' length. `nil` for what has no place: NaN, and below zero on a logarithmic
  /// axis. Zero itself is put on the lower end of a logarithmic axis.
  public func position(_ value: Double) -> Double? {
    let (low, high) = (range.lowerBound, range.upperBound)
    let place: Double
    switch scale {
    case .linear: place = (value - low) / (high - low)
    case .logarithmic:
      guard value >= 0 else { return nil }
      place = value == 0 ? 0 : log(value / low) / log(high / low)
    }
    return place.isNaN ? nil : min(max(place, -1), 2)
  }
}

/// About five even steps within a range.
private func evenTicks(_ range: ClosedRange<Double>) -> [Double] {
  let extent = range.upperBound - range.lowerBound
  let power = pow(10, floor(log10(extent / 5)))
  let step = [1, 2, 5, 10].map { $0 * power }.first { extent / $0 <= 6 } ?? extent
  let first = (range.lowerBound / step - 1e-9).rounded(.up)
  let last = (range.upperBound / step + 1e-9).rounded(.down)
  return stride(from: first, through: last, by: 1).map { $0 * step }
}

/// 1, 2 and 5 times each power of ten; the powers alone where the range has more than five.
private func decadeTicks(_ range: ClosedRange<Double>) -> [Double] {
  let (first, last) = (floor(log10(range.lowerBound)), ceil(log10(range.upperBound)))
  let steps: [Double] = last - first > 5 ? [1] : [1, 2, 5]
  let (low, high) = (range.lowerBound * (1 - 1e-9), range.upperBound * (1 + 1e-9))
  let all = stride(from: first, through: last, by: 1).flatMap { (decade: Double) -> [Double] in
    let power = pow(10, decade)
    return steps.map { $0 * power }
  }
  return all.filter { $0 >= low && $0 <= high }
}

/// A number as a label: no more digits than it needs, at most six.
public func label(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  let text = String(format: "%.6g", value == 0 ? 0 : value)
  return text.hasPrefix("-") ? "−" + text.dropFirst() : text
}
