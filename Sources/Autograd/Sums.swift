import CKernels

/// Σ x.
func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float { kernels.sum(x, Int64(count)) }

/// Σ x² in Double: the norm of gradients must not overflow where the gradients themselves do not.
public func squaredNorm(
  _ x: UnsafePointer<Float>, _ count: Int, crew: Crew = .shared
) -> Double {
  let chunks = Chunks(count, limit: 32768)
  return crew.sum(chunks.count) { part in
    kernels.squared_norm(x + chunks[part].lowerBound, Int64(chunks[part].count))
  }
}

extension Crew {
  /// The sum of what `term` gives for every part, in the order of the parts.
  func sum(_ parts: Int, _ term: (Int) -> Double) -> Double { terms(parts, term).reduce(0, +) }

  /// What `term` gives for every part.
  func terms(_ parts: Int, _ term: (Int) -> Double) -> [Double] {
    [Double](unsafeUninitializedCapacity: parts) { buffer, count in
      if let base = buffer.baseAddress {
        forEach(parts) { _, part in (base + part).initialize(to: term(part)) }
      }
      count = parts
    }
  }
}
