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
  func sum(_ parts: Int, _ term: (Int) -> Double) -> Double {
    collect(parts) { _, part in term(part) }.reduce(0, +)
  }

  /// What `result` gives for every part.
  func collect<T>(_ parts: Int, _ result: (_ worker: Int, _ part: Int) -> T) -> [T] {
    [T](unsafeUninitializedCapacity: parts) { buffer, count in
      if let base = buffer.baseAddress {
        forEach(parts) { worker, part in (base + part).initialize(to: result(worker, part)) }
      }
      count = parts
    }
  }
}
