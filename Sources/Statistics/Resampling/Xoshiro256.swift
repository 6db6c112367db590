/// The generator of every sampled result: xoshiro256**, its state filled by splitmix64 from the
/// seed.
///
/// The same seed gives the same numbers on every machine. A number below n is the upper half of the
/// 128-bit product of a draw and n: one draw each, none rejected (its bias, at most n/2⁶⁴, is far
/// below what any resample could show).
///
/// Sources: D. Blackman and S. Vigna (2021), "Scrambled linear pseudorandom number generators", ACM
/// Trans. Math. Softw. 47; G. L. Steele, D. Lea and C. H. Flood (2014), "Fast splittable
/// pseudorandom number generators", OOPSLA.
package struct Xoshiro256: RandomNumberGenerator {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  package init(seed: UInt64) {
    var counter = seed
    func mixed() -> UInt64 {
      counter &+= 0x9E37_79B9_7F4A_7C15
      var word = counter
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
    state = (mixed(), mixed(), mixed(), mixed())
  }

  @inline(__always)
  package mutating func next() -> UInt64 {
    let scrambled = state.1 &* 5
    let result = ((scrambled << 7) | (scrambled >> 57)) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// A number of 0..<bound.
  @inline(__always)
  package mutating func index(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
  }
}
