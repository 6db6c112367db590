import Autograd

/// AutoClip (Seetharaman, Wichern, Pardo and Le Roux, arXiv 2007.14469): the limit is a percentile of
/// all norms so far, this one among them, linear between two of them.
public struct AutoClip: GradientClipping {
  private let percentile: Double
  /// All norms so far, sorted.
  public var memory: [Double] = []

  /// Clipping to a percentile from 0 to 100.
  public init(percentile: Double) { self.percentile = percentile }

  public mutating func clip(_ parameters: ParameterStore, norm: Double) -> Bool {
    memory.insert(norm, at: firstIndex(above: norm))
    let place = Double(memory.count - 1) * percentile / 100
    let below = min(Int(place), memory.count - 1)
    let above = min(below + 1, memory.count - 1)
    let limit = memory[below] + (memory[above] - memory[below]) * (place - Double(below))
    return shorten(parameters, norm: norm, to: limit)
  }

  private func firstIndex(above norm: Double) -> Int {
    var (low, high) = (0, memory.count)
    while low < high {
      let middle = (low + high) / 2
      if memory[middle] <= norm { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
