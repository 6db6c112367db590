import Foundation

/// An axis of values: from where to where, evenly or by powers of ten.
struct ValueAxis: Equatable {
  let low: Double
  let high: Double
  let isLogarithmic: Bool

  /// An axis on which these values are seen. Where few values lie far above all others (a loss that ran
  /// away), the axis ends above the others.
  /// - Parameter always: values that must be on the axis too.
  init(_ values: [Double], isLogarithmic: Bool, always: [Double] = []) {
    self.isLogarithmic = isLogarithmic
    let usable = { (value: Double) in value.isFinite && (!isLogarithmic || value > 0) }
    let places = values.filter(usable).map { isLogarithmic ? log10($0) : $0 }.sorted()
    let fixed = always.filter(usable).map { isLogarithmic ? log10($0) : $0 }
    var (low, high) = (places.first ?? fixed.first ?? 0, places.last ?? fixed.first ?? 1)
    if !places.isEmpty {
      let most = places[(places.count - 1) * 39 / 40]
      if high - low > 20 * (most - low), most > low { high = most + (most - low) / 2 }
    }
    low = fixed.reduce(low, min)
    high = fixed.reduce(high, max)
    // A line along the edge is hard to see.
    let widest = max(low.magnitude, high.magnitude)
    let extent = high - low > 1e-9 * widest ? high - low : max(widest * 0.1, 1e-12)
    let isTouchingZero = !isLogarithmic && low >= 0 && low < extent * 0.25
    low = isTouchingZero ? 0 : low - extent * 0.05
    high += extent * 0.05
    // Values near the largest number there is leave no room for more.
    let limit = isLogarithmic ? 300 : Double.greatestFiniteMagnitude / 8
    low = min(max(low, -limit), limit)
    high = min(max(high, -limit), limit)
    if high <= low {
      let extent = max(low.magnitude * 0.1, 1e-12)
      (low, high) = low > 0 ? (high - extent, high) : (low, low + extent)
    }
    (self.low, self.high) = isLogarithmic ? (pow(10, low), pow(10, high)) : (low, high)
  }

  /// 0 at the lower end, 1 at the upper, beyond these outside, at most by one axis' length; `nil` for
  /// what has no place. Zero and less lie below the lower end of a logarithmic axis.
  func position(_ value: Double) -> Double? {
    guard !value.isNaN else { return nil }
    let place: Double
    if isLogarithmic {
      place = value <= 0 ? -1 : log(value / low) / log(high / low)
    } else {
      place = (value / 2 - low / 2) / (high / 2 - low / 2)
    }
    return place.isNaN ? nil : min(max(place, -1), 2)
  }

  /// The values that are marked: about five.
  var ticks: [Double] { isLogarithmic ? decades : evenTicks(low, high, about: 5) }

  private var decades: [Double] {
    let (first, last) = (Int(floor(log10(low))), Int(ceil(log10(high))))
    let every = max(1, (last - first + 5) / 6)
    let extent = log10(high / low)
    let steps: [Double] = extent > 3 ? [1] : extent > 1.6 ? [1, 3] : [1, 2, 5]
    let ticks = stride(from: first, through: last, by: every).flatMap { decade in
      steps.map { $0 * pow(10, Double(decade)) }
    }.filter { $0 >= low && $0 <= high }
    return ticks.count < 2 ? evenTicks(low, high, about: 4) : ticks
  }
}

/// About so many steps of 1, 2 or 5 times a power of ten.
func evenTicks(_ low: Double, _ high: Double, about count: Double) -> [Double] {
  let extent = high / count - low / count
  guard extent > 0, extent.isFinite else { return [low] }
  let power = pow(10, floor(log10(extent)))
  let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= extent } ?? extent
  let first = (low / step - 1e-9).rounded(.up)
  let last = (high / step + 1e-9).rounded(.down)
  guard step > 0, last - first < 20 else { return [low, high] }
  return stride(from: first, through: last, by: 1).map { $0 * step }
}

/// Ticks that are whole numbers, for epochs.
func wholeTicks(_ low: Double, _ high: Double) -> [Double] {
  if high - low < 1 { return [low] }
  return evenTicks(low, high, about: min(6, high - low)).filter { $0 == $0.rounded() }
}
