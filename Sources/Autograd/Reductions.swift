// Sums over floats. Swift keeps the order of additions, so a plain loop cannot vectorise; eight
// running sums can, and are also the more exact sum. Their order is fixed: equal input, equal bits.

@inline(__always)
func lanes(_ pointer: UnsafePointer<Float>, _ index: Int) -> SIMD8<Float> {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: SIMD8<Float>.self)
}

@inline(__always)
private func total(_ sums: SIMD8<Float>) -> Float {
  let four = sums.lowHalf + sums.highHalf
  let two = four.lowHalf + four.highHalf
  return two.x + two.y
}

/// Σ x.
func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var sums = SIMD8<Float>.zero
  var i = 0
  while i + 8 <= count {
    sums += lanes(x, i)
    i += 8
  }
  var result = total(sums)
  while i < count {
    result += x[i]
    i += 1
  }
  return result
}

/// Σ x·y.
func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
  var sums = SIMD8<Float>.zero
  var i = 0
  while i + 8 <= count {
    sums += lanes(x, i) * lanes(y, i)
    i += 8
  }
  var result = total(sums)
  while i < count {
    result += x[i] * y[i]
    i += 1
  }
  return result
}

/// Σ (x − offset)².
func squaredDeviation(_ x: UnsafePointer<Float>, from offset: Float, _ count: Int) -> Float {
  let offsets = SIMD8<Float>(repeating: offset)
  var sums = SIMD8<Float>.zero
  var i = 0
  while i + 8 <= count {
    let d = lanes(x, i) - offsets
    sums += d * d
    i += 8
  }
  var result = total(sums)
  while i < count {
    let d = x[i] - offset
    result += d * d
    i += 1
  }
  return result
}

/// Σ (x − y)², in blocks whose sums are added in Double: a waveform has a hundred thousand samples.
func squaredDistance(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
) -> Double {
  var result = 0.0
  var start = 0
  while start < count {
    let end = min(start + 4096, count)
    var sums = SIMD8<Float>.zero
    var i = start
    while i + 8 <= end {
      let d = lanes(x, i) - lanes(y, i)
      sums += d * d
      i += 8
    }
    result += Double(total(sums))
    while i < end {
      let d = x[i] - y[i]
      result += Double(d * d)
      i += 1
    }
    start = end
  }
  return result
}

/// Σ x² in Double: the norm of gradients must not overflow where the gradients themselves do not.
public func squaredNorm(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
  var sums = SIMD4<Double>.zero
  var i = 0
  while i + 4 <= count {
    let wide = SIMD4<Double>(UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<Float>.self))
    sums += wide * wide
    i += 4
  }
  var result = (sums.x + sums.z) + (sums.y + sums.w)
  while i < count {
    result += Double(x[i]) * Double(x[i])
    i += 1
  }
  return result
}

/// target += source.
@inline(__always)
func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
  for i in 0..<count { target[i] += source[i] }
}

/// Adds every row of a matrix to `target`.
func addRows(
  _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, to target: UnsafeMutablePointer<Float>
) {
  for row in 0..<rows { add(matrix + row * columns, to: target, columns) }
}
