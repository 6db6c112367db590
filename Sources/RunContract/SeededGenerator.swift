/// A random generator whose numbers are part of the project's contract: the same seed and stream give
/// the same numbers with every compiler and on every machine.
///
/// xoshiro256** 1.0 (Blackman and Vigna, <https://prng.di.unimi.it/xoshiro256starstar.c>), its state
/// filled by SplitMix64 from the seed and the stream's name (FNV-1a), as its authors advise.
public struct SeededGenerator: Sendable, Equatable {
  /// The four words of state, which a checkpoint keeps.
  public private(set) var state: [UInt64]

  /// The generator of a named stream: streams of one seed are independent of one another, so that a
  /// new use of randomness does not change the numbers of an old one.
  public init(seed: UInt64, stream: String) {
    var mixer = seed
    var name: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in stream.utf8 { name = (name ^ UInt64(byte)) &* 0x100_0000_01b3 }
    mixer = splitMix(&mixer) ^ name
    state = (0..<4).map { _ in splitMix(&mixer) }
  }

  /// The generator that goes on from a state; `nil` where that is none.
  public init?(state: [UInt64]) {
    guard state.count == 4, state.contains(where: { $0 != 0 }) else { return nil }
    self.state = state
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    let result = rotated(state[1] &* 5, 7) &* 9
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotated(state[3], 45)
    return result
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number in 0..<bound, without bias (values past the last whole multiple of `bound` are
  /// drawn again). `bound` must be above zero.
  public mutating func below(_ bound: Int) -> Int {
    let size = UInt64(bound)
    let limit = UInt64.max - UInt64.max % size
    while true {
      let value = next()
      if value < limit { return Int(value % size) }
    }
  }

  /// 0..<count in random order (Fisher and Yates, from the end).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    var last = count - 1
    while last > 0 {
      order.swapAt(last, below(last + 1))
      last -= 1
    }
    return order
  }
}

private func splitMix(_ state: inout UInt64) -> UInt64 {
  state &+= 0x9e37_79b9_7f4a_7c15
  var z = state
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
  value << bits | value >> (64 - bits)
}
